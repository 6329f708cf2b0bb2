"""A small language for phrases that staff can read; ``matching`` finds them.

``decapitat*``      a word by its beginning          ``knife|blade``  either word
``{person}``        any entry of a word list          ``{article}?``   may be missing
``...``             up to three words between         ``...6``         up to six

A phrase never reaches over the end of a sentence. Word lists may name other word lists, not in a circle.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from fairstock.kit.errors import BadInput

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[.!?;](?=\s|$)|[\n,]")
_GAP = re.compile(r"\.\.\.(\d*)")
_REMEMBERED = 256
"""Texts whose words are remembered: a batch of prompts with its readings …"""
_SHORT = 4000
"""… up to so many characters; the API takes 1,000."""


class UnreadablePhrase(BadInput):
    """A phrase of the policy cannot be compiled."""

    def __init__(self, phrase: str, reason: str) -> None:
        super().__init__(
            f"The phrase “{phrase}” of the moderation policy is wrong: {reason}.", remedy="correct the policy"
        )


class Token(NamedTuple):
    """A word of folded text with its place and the number of its sentence; without apostrophes and possessive
    s.
    """

    word: str
    start: int
    end: int
    sentence: int
    after_comma: bool


class Hit(NamedTuple):
    """A phrase found: tokens ``first`` to ``last``, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a phrase: exact words, beginnings and word lists of which one must match."""

    words: frozenset[str]
    stems: tuple[str, ...]
    lists: tuple[str, ...]
    optional: bool
    gap: int
    """Words that may be skipped instead; 0 for an ordinary place."""


Phrase = tuple[Element, ...]
"""Places that follow each other."""


def tokenise(text: str) -> tuple[Token, ...]:
    """The words of folded text; rules, concepts and planning ask for the same text one after the other."""
    return _remembered(text) if len(text) <= _SHORT else _tokens(text)


@lru_cache(maxsize=_REMEMBERED)
def _remembered(text: str) -> tuple[Token, ...]:
    return _tokens(text)


def _tokens(text: str) -> tuple[Token, ...]:
    tokens: list[Token] = []
    sentence = 0
    comma = False
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word in ".!?;\n,":
            sentence += word != ","
            comma = True
            continue
        end = match.end()
        if word.endswith("'s"):
            word, end = word[:-2], end - 2
        tokens.append(Token(word.replace("'", ""), match.start(), end, sentence, comma))
        comma = False
    return tuple(tokens)


def compile_phrase(text: str, lists: Mapping[str, Sequence[str]]) -> Phrase:
    """The elements of a phrase."""
    elements = tuple(_element(text, part, lists) for part in text.split())
    if not elements:
        raise UnreadablePhrase(text, "it is empty")
    return elements


def _element(text: str, part: str, lists: Mapping[str, Sequence[str]]) -> Element:
    gap = _GAP.fullmatch(part)
    if gap:
        return Element(frozenset(), (), (), False, int(gap.group(1) or 3))
    optional = part.endswith("?")
    choices = part.removesuffix("?").split("|")
    names = tuple(choice[1:-1] for choice in choices if choice.startswith("{") and choice.endswith("}"))
    plain = [choice for choice in choices if not choice.startswith("{")]
    for name in names:
        if name not in lists:
            raise UnreadablePhrase(text, f"there is no word list “{name}”")
    if not all(re.fullmatch(r"[^\W_]+\*?", choice) and choice == choice.lower() for choice in plain):
        raise UnreadablePhrase(text, f"“{part}” is no lower-case word, beginning, list or gap")
    stems = tuple(choice[:-1] for choice in plain if choice.endswith("*"))
    return Element(frozenset(c for c in plain if not c.endswith("*")), stems, names, optional, 0)
