"""One search for phrases through one prompt.

First roughly, for the whole prompt at once: places are the bits of a number, and a phrase is followed from
its end to where it may begin, with sentences left out of account. Few places remain; those are looked at
exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Generic, TypeVar

from fairstock.moderation.phrases import Element, Phrase, Token

_REMEMBERED = 20_000
"""Words whose phrases are remembered; bounded against hostile prompts."""
_Filed = TypeVar("_Filed")


class Index(Generic[_Filed]):
    """Things filed under the words, and beginnings of words, that they can begin with."""

    def __init__(self) -> None:
        self._by_word: dict[str, list[_Filed]] = {}
        self._by_stem: dict[str, list[_Filed]] = {}
        self._lengths: list[int] = []
        self._known: dict[str, tuple[_Filed, ...]] = {}

    def add(self, filed: _Filed, words: frozenset[str], stems: frozenset[str]) -> None:
        """Files it once under everything that it can begin with."""
        stems = frozenset(stem for stem in stems if not stem.startswith(tuple(stems - {stem})))
        for word in words:
            if not word.startswith(tuple(stems)):
                self._by_word.setdefault(word, []).append(filed)
        for stem in stems:
            self._by_stem.setdefault(stem, []).append(filed)
        self._lengths = sorted({len(stem) for stem in self._by_stem})

    def beginning(self, word: str) -> tuple[_Filed, ...]:
        """What can begin with ``word``; all must have been added before."""
        known = self._known.get(word)
        if known is None:
            known = tuple(self._sought(word))
            if len(self._known) < _REMEMBERED:
                self._known[word] = known
        return known

    def _sought(self, word: str) -> Iterator[_Filed]:
        yield from self._by_word.get(word, ())
        for length in self._lengths:
            if length > len(word):
                return
            yield from self._by_stem.get(word[:length], ())


@dataclass(frozen=True, slots=True, eq=False)
class Sought:
    """A phrase ready for search."""

    group: str
    phrase: Phrase
    plain: bool
    """Whether it is words one after the other, without gaps, lists or what may be missing."""
    backwards: tuple[tuple[int, int, bool, int], ...]
    """For each place from the last: number of the element, words that it covers at most, whether it may be
    missing, and its gap.
    """


class Search:
    """A prompt's words, and where each numbered element of a phrase book begins."""

    def __init__(
        self, elements: Index[int], lists: Mapping[str, Index[Phrase]], tokens: Sequence[Token]
    ) -> None:
        self._lists = lists
        self._tokens = tokens
        self._seen: dict[tuple[str, int], set[int]] = {}
        self.places: dict[str, int] = {}
        """Where each word stands: bit n for token n."""
        for at, token in enumerate(tokens):
            self.places[token.word] = self.places.get(token.word, 0) | 1 << at
        self._begins: dict[int, int] = {}
        for word, place in self.places.items():
            for number in elements.beginning(word):
                self._begins[number] = self._begins.get(number, 0) | place

    def matches(self, sought: Sought) -> Iterator[tuple[int, int]]:
        """Where the phrase begins, and its nearest end (excluded) from there."""
        begins = self._roughly(sought)
        while begins:
            at = (begins & -begins).bit_length() - 1
            begins &= begins - 1
            end = self._plain_end(sought.phrase, at) if sought.plain else self._end(sought.phrase, at)
            if end:
                yield at, end

    def _roughly(self, sought: Sought) -> int:
        """Places where the phrase may begin; no place where it does is missing."""
        after = (2 << len(self._tokens)) - 1
        for number, longest, optional, gap in sought.backwards:
            if gap:
                after = _spread(after, 0, gap)
                continue
            begins = self._begins.get(number, 0)
            if begins:
                begins &= after >> 1 if longest == 1 else _spread(after, 1, longest)
            after = after | begins if optional else begins
            if not after:
                break
        return after

    def _plain_end(self, phrase: Phrase, at: int) -> int:
        """The end of words that follow each other; 0 where a sentence ends between them."""
        end = at + len(phrase)
        return end if self._tokens[end - 1].sentence == self._tokens[at].sentence else 0

    def _end(self, phrase: Phrase, at: int) -> int:
        """The nearest end of the phrase; 0 where it does not match."""
        return min(self._ends(phrase, at), default=0)

    def _ends(self, phrase: Phrase, at: int) -> set[int]:
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

    def _step(self, element: Element, at: int, sentence: int, reached: set[int]) -> None:
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
            for phrase in self._lists[name].beginning(self._tokens[at].word):
                ends |= {at + 1} if len(phrase) == 1 and not phrase[0].lists else self._ends(phrase, at)
            self._seen[key] = ends
        return self._seen[key]


def _spread(places: int, least: int, most: int) -> int:
    """Every place from ``least`` to ``most`` before one of ``places``."""
    return reduce(or_, (places >> by for by in range(least, most + 1)), 0)
