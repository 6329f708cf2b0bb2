"""A small language for phrases that staff can read, and a matcher that finds all of them in one pass.

``decapitat*``      a word by its beginning          ``knife|blade``  either word
``{person}``        any entry of a word list          ``{article}?``   may be missing
``...``             up to three words between         ``...6``         up to six

A phrase never reaches over the end of a sentence. Word lists may name other word lists, not in a circle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fairstock.kit.errors import BadInput

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[.!?;](?=\s|$)|\n")
_GAP = re.compile(r"\.\.\.(\d*)")


class UnreadablePhrase(BadInput):
    """A phrase of the policy cannot be compiled."""

    def __init__(self, phrase: str, reason: str) -> None:
        super().__init__(
            f"The phrase “{phrase}” of the moderation policy is wrong: {reason}.", remedy="correct the policy"
        )


@dataclass(frozen=True, slots=True)
class Token:
    """A word of folded text with its place and the number of its sentence; without apostrophes and possessive
    s.
    """

    word: str
    start: int
    end: int
    sentence: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: tokens ``first`` to ``last``, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Element:
    """One place of a phrase: exact words, beginnings and word lists of which one must match."""

    words: frozenset[str]
    stems: tuple[str, ...]
    lists: tuple[str, ...]
    optional: bool
    gap: int
    """Words that may be skipped instead; 0 for an ordinary place."""


_Phrase = tuple[_Element, ...]


def tokenise(text: str) -> list[Token]:
    """The words of folded text."""
    tokens: list[Token] = []
    sentence = 0
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word in ".!?;\n":
            sentence += 1
            continue
        end = match.end()
        if word.endswith("'s"):
            word, end = word[:-2], end - 2
        tokens.append(Token(word.replace("'", ""), match.start(), end, sentence))
    return tokens


class _Index:
    """Phrases by the words, and beginnings of words, that they can begin with."""

    def __init__(self) -> None:
        self._by_word: dict[str, list[tuple[str, _Phrase]]] = {}
        self._by_stem: dict[str, list[tuple[str, _Phrase]]] = {}
        self._lengths: list[int] = []

    def add(self, name: str, phrase: _Phrase, words: frozenset[str], stems: frozenset[str]) -> None:
        """Files a phrase once under everything that it can begin with."""
        stems = frozenset(stem for stem in stems if not stem.startswith(tuple(stems - {stem})))
        for word in words:
            if not word.startswith(tuple(stems)):
                self._by_word.setdefault(word, []).append((name, phrase))
        for stem in stems:
            self._by_stem.setdefault(stem, []).append((name, phrase))
        self._lengths = sorted({len(stem) for stem in self._by_stem})

    def beginning(self, word: str) -> Iterator[tuple[str, _Phrase]]:
        """The phrases that can begin with ``word``."""
        yield from self._by_word.get(word, ())
        for length in self._lengths:
            if length > len(word):
                return
            yield from self._by_stem.get(word[:length], ())


class PhraseBook:
    """Groups of phrases compiled together; ``find`` gives the hits of every group."""

    def __init__(self, lists: Mapping[str, Sequence[str]], groups: Mapping[str, Sequence[str]]) -> None:
        """``lists``: word lists by name; ``groups``: phrases by any name; raises ``UnreadablePhrase``."""
        self._entries = {
            name: tuple(_compile(entry, lists) for entry in entries) for name, entries in lists.items()
        }
        self._firsts: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._lists: dict[str, _Index] = {name: _Index() for name in lists}
        for name, entries in self._entries.items():
            self._firsts_of_list(name, ())
            for phrase in entries:
                self._lists[name].add(name, phrase, *self._firsts_of(phrase[0], ()))
        self._groups = _Index()
        for group, phrases in groups.items():
            for text in phrases:
                phrase = _compile(text, lists)
                if phrase[0].optional or phrase[0].gap or phrase[-1].gap:
                    raise UnreadablePhrase(text, "it must begin and end with a word that cannot be missing")
                self._groups.add(group, phrase, *self._firsts_of(phrase[0], ()))

    def find(self, tokens: Sequence[Token]) -> dict[str, list[Hit]]:
        """Hits by group, in order of their first word."""
        hits: dict[str, list[Hit]] = {}
        search = _Search(self._lists, tokens)
        for at, token in enumerate(tokens):
            for group, phrase in self._groups.beginning(token.word):
                end = search.match(phrase, at)
                if end is not None:
                    hits.setdefault(group, []).append(Hit(at, end - 1))
        return hits

    def _firsts_of(self, element: _Element, above: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
        """The words and beginnings with which an element can begin."""
        words, stems = element.words, frozenset(element.stems)
        for name in element.lists:
            more_words, more_stems = self._firsts_of_list(name, above)
            words, stems = words | more_words, stems | more_stems
        return words, stems

    def _firsts_of_list(self, name: str, above: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
        if name in above:
            raise UnreadablePhrase("{" + name + "}", "the word list names itself")
        if name not in self._firsts:
            words: frozenset[str] = frozenset()
            stems: frozenset[str] = frozenset()
            for phrase in self._entries[name]:
                if phrase[0].optional or phrase[0].gap:
                    raise UnreadablePhrase(
                        "{" + name + "}", "an entry begins with something that can be missing"
                    )
                more_words, more_stems = self._firsts_of(phrase[0], (*above, name))
                words, stems = words | more_words, stems | more_stems
            self._firsts[name] = words, stems
        return self._firsts[name]


class _Search:
    """One search through one prompt; remembers where word lists match."""

    def __init__(self, lists: Mapping[str, _Index], tokens: Sequence[Token]) -> None:
        self._lists = lists
        self._tokens = tokens
        self._seen: dict[tuple[str, int], set[int]] = {}

    def match(self, phrase: _Phrase, at: int) -> int | None:
        """The nearest end (excluded) of the phrase begun at token ``at``; None when it does not match."""
        ends = self._ends(phrase, at)
        return min(ends) if ends else None

    def _ends(self, phrase: _Phrase, at: int) -> set[int]:
        places = {at}
        sentence = self._tokens[at].sentence
        for element in phrase:
            reached: set[int] = set()
            for place in places:
                self._step(element, place, sentence, reached)
            if not reached:
                return reached
            places = reached
        return places

    def _step(self, element: _Element, at: int, sentence: int, reached: set[int]) -> None:
        """Adds the ends of one element at one place, within the sentence."""
        if element.gap or element.optional:
            reached.add(at)
        for end in range(at + 1, at + element.gap + 1):
            if end > len(self._tokens) or self._tokens[end - 1].sentence != sentence:
                return
            reached.add(end)
        if element.gap or at >= len(self._tokens) or self._tokens[at].sentence != sentence:
            return
        word = self._tokens[at].word
        if word in element.words or (element.stems and word.startswith(element.stems)):
            reached.add(at + 1)
        for name in element.lists:
            reached |= self._list_ends(name, at)

    def _list_ends(self, name: str, at: int) -> set[int]:
        """Ends of the entries of a word list at one place."""
        key = (name, at)
        if key not in self._seen:
            ends: set[int] = set()
            for _, phrase in self._lists[name].beginning(self._tokens[at].word):
                ends |= self._ends(phrase, at)
            self._seen[key] = ends
        return self._seen[key]


def _compile(text: str, lists: Mapping[str, Sequence[str]]) -> _Phrase:
    """The elements of a phrase."""
    elements = tuple(_element(text, part, lists) for part in text.split())
    if not elements:
        raise UnreadablePhrase(text, "it is empty")
    return elements


def _element(text: str, part: str, lists: Mapping[str, Sequence[str]]) -> _Element:
    gap = _GAP.fullmatch(part)
    if gap:
        return _Element(frozenset(), (), (), False, int(gap.group(1) or 3))
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
    return _Element(frozenset(c for c in plain if not c.endswith("*")), stems, names, optional, 0)
