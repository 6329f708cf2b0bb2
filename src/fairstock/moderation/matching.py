"""Finds every phrase of a policy in one pass over a prompt."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from fairstock.moderation.phrases import Element, Hit, Phrase, Token, UnreadablePhrase, compile_phrase

_REMEMBERED = 20_000
"""Words whose phrases are remembered; bounded against hostile prompts."""


class _Index:
    """Phrases by the words, and beginnings of words, that they can begin with."""

    def __init__(self) -> None:
        self._by_word: dict[str, list[tuple[str, Phrase]]] = {}
        self._by_stem: dict[str, list[tuple[str, Phrase]]] = {}
        self._lengths: list[int] = []
        self._known: dict[str, tuple[tuple[str, Phrase], ...]] = {}

    def add(self, name: str, phrase: Phrase, words: frozenset[str], stems: frozenset[str]) -> None:
        """Files a phrase once under everything that it can begin with."""
        stems = frozenset(stem for stem in stems if not stem.startswith(tuple(stems - {stem})))
        for word in words:
            if not word.startswith(tuple(stems)):
                self._by_word.setdefault(word, []).append((name, phrase))
        for stem in stems:
            self._by_stem.setdefault(stem, []).append((name, phrase))
        self._lengths = sorted({len(stem) for stem in self._by_stem})

    def beginning(self, word: str) -> tuple[tuple[str, Phrase], ...]:
        """The phrases that can begin with ``word``; all must have been added before."""
        known = self._known.get(word)
        if known is None:
            known = tuple(self._sought(word))
            if len(self._known) < _REMEMBERED:
                self._known[word] = known
        return known

    def _sought(self, word: str) -> Iterator[tuple[str, Phrase]]:
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
            name: tuple(compile_phrase(entry, lists) for entry in entries) for name, entries in lists.items()
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
                phrase = compile_phrase(text, lists)
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

    def _firsts_of(self, element: Element, above: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
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
        self._words = sorted({token.word for token in tokens})
        self._known = frozenset(self._words)
        self._possible: dict[int, bool] = {}

    def match(self, phrase: Phrase, at: int) -> int | None:
        """The nearest end (excluded) of the phrase begun at token ``at``; None when it does not match."""
        possible = self._possible.get(id(phrase))
        if possible is None:
            possible = self._possible[id(phrase)] = all(map(self._occurs, phrase[1:]))
        if not possible:
            return None
        ends = self._ends(phrase, at)
        return min(ends) if ends else None

    def _occurs(self, element: Element) -> bool:
        """False where the text has no word that the phrase cannot do without: most phrases end here."""
        if element.gap or element.optional or element.lists or not self._known.isdisjoint(element.words):
            return True
        for stem in element.stems:
            at = bisect_left(self._words, stem)
            if at < len(self._words) and self._words[at].startswith(stem):
                return True
        return False

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
            for _, phrase in self._lists[name].beginning(self._tokens[at].word):
                ends |= self._ends(phrase, at)
            self._seen[key] = ends
        return self._seen[key]
