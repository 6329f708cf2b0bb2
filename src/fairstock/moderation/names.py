"""Finding people's names in a prompt: artists who opted out of style, and people by likeness.

A name of two words or more is found wherever it stands: in any case, without accents, as a possessive,
surname first before a comma, with or without middle initials. A single word ("Brom", "Madonna") is a common
word too often; it counts only after a cue such as "in the style of" or "portrait of", or before one such as
"… shaking hands".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from fairstock.moderation.normalise import fold
from fairstock.moderation.phrases import Hit, Token, tokenise

_STYLE_CUES = (
    ("style", "of"),
    ("styles", "of"),
    ("manner", "of"),
    ("work", "of"),
    ("art", "of"),
    ("inspired", "by"),
    ("painted", "by"),
    ("drawn", "by"),
    ("illustrated", "by"),
    ("art", "by"),
    ("artwork", "by"),
    ("painting", "by"),
    ("illustration", "by"),
)
_STYLE_ENDINGS = frozenset({"style", "styled", "esque", "inspired"})
_LIKENESS_CUES = (
    ("portrait", "of"),
    ("photo", "of"),
    ("photograph", "of"),
    ("picture", "of"),
    ("selfie", "with"),
    ("face", "of"),
    ("likeness", "of"),
    ("looks", "like"),
)
_LIKENESS_SINGLE = frozenset({"starring", "featuring"})
_LIKENESS_AFTER = frozenset(
    {
        "eating",
        "drinking",
        "shaking",
        "standing",
        "sitting",
        "walking",
        "smiling",
        "laughing",
        "wearing",
        "holding",
        "singing",
        "dancing",
        "performing",
        "waving",
        "posing",
        "playing",
        "giving",
        "riding",
        "driving",
        "talking",
    }
)
"""What people do in pictures: a capitalised word before one of these is somebody's name."""
_BETWEEN = frozenset({"esque", "style", "like"})
"""Words that may stand inside a name: "struzan-esque, drew"."""
_PARTICLES = frozenset({"jr", "sr", "ii", "iii"})


class Cue(StrEnum):
    """What must stand beside a name of one word."""

    STYLE = "style"
    """Words that ask for an artist's manner."""
    LIKENESS = "likeness"
    """Words that ask for a picture of somebody."""
    NONE = "none"
    """Nothing: the name is no ordinary word."""


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name from the list and the tokens it was found in."""

    name: str
    hit: Hit
    cued: bool
    """Whether the words around it say that a person is meant."""
    styled: bool
    """Whether it stands for somebody's manner, not for somebody."""


@dataclass(frozen=True, slots=True)
class _Variant:
    """One way to write a name."""

    words: tuple[str, ...]
    comma_at: int | None
    """The word that must follow a comma; None where the words stand in their usual order."""
    name: str


class NameIndex:
    """A list of names compiled for search."""

    def __init__(self, names: Sequence[str]) -> None:
        self._by_first: dict[str, list[_Variant]] = {}
        for name in names:
            for variant in sorted(_variants(name), key=lambda variant: -len(variant.words)):
                self._by_first.setdefault(variant.words[0], []).append(variant)

    def find(self, tokens: Sequence[Token], cue: Cue) -> Iterator[FoundName]:
        """Names in order of place; names of one word only where the cue stands beside them."""
        words = {token.word for token in tokens}
        possible = {
            word: [variant for variant in self._by_first[word] if words.issuperset(variant.words)]
            for word in words
            if word in self._by_first
        }
        for at, token in enumerate(tokens) if possible else ():
            for variant in possible.get(token.word, ()):
                last = _follow(tokens, at, variant)
                if last is None:
                    continue
                cued = _has_cue(tokens, at, last, cue)
                if last > at or cued:
                    yield FoundName(variant.name, Hit(at, last), cued, _has_cue(tokens, at, last, Cue.STYLE))
                    break


@lru_cache(maxsize=16)
def index_of(names: tuple[str, ...]) -> NameIndex:
    """The compiled list; the same tuple is compiled once."""
    return NameIndex(names)


def _variants(name: str) -> set[_Variant]:
    """The ways to write a name; empty for a name without letters."""
    written = name
    main, comma, more = name.partition(",")
    if comma and more.strip().islower():
        name = main  # "Liniers, cartoon": what the person does, not a first name
    words = tuple(token.word for token in tokenise(fold(name).text) if token.word not in _PARTICLES)
    if not words:
        return set()
    short = tuple(word for i, word in enumerate(words) if len(word) > 1 or i in (0, len(words) - 1))
    variants = {_Variant(words, None, written), _Variant(short, None, written)}
    for each in (words, short):
        turned = range(1, len(each))
        variants |= {_Variant(each[cut:] + each[:cut], len(each) - cut, written) for cut in turned}
    return variants


def _follow(tokens: Sequence[Token], at: int, variant: _Variant) -> int | None:
    """The last token of ``variant`` begun at ``at``, or None."""
    place = at
    for index, word in enumerate(variant.words[1:], start=1):
        place += 1
        if place < len(tokens) and tokens[place].word in _BETWEEN and tokens[place].word != word:
            place += 1
        if place >= len(tokens) or tokens[place].word != word:
            return None
        if index == variant.comma_at and not tokens[place].after_comma:
            return None
    return place


def _has_cue(tokens: Sequence[Token], first: int, last: int, cue: Cue) -> bool:
    """Whether the words around a name say that a person is meant."""
    before = tuple(token.word for token in tokens[max(0, first - 2) : first])
    after = tokens[last + 1].word if last + 1 < len(tokens) else ""
    if cue is Cue.STYLE:
        return before in _STYLE_CUES or after in _STYLE_ENDINGS
    if cue is Cue.LIKENESS:
        single = bool(before and before[-1] in _LIKENESS_SINGLE)
        return before in _LIKENESS_CUES or single or after in _LIKENESS_AFTER
    return True
