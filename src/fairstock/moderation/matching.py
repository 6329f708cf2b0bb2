"""Phrases of a policy compiled together, to be found in one search through a prompt (``seeking``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairstock.moderation.phrases import Element, Hit, Phrase, Token, UnreadablePhrase, compile_phrase
from fairstock.moderation.seeking import Index, Search, Sought


class PhraseBook:
    """Groups of phrases compiled together; ``find`` gives the hits of every group."""

    def __init__(self, lists: Mapping[str, Sequence[str]], groups: Mapping[str, Sequence[str]]) -> None:
        """``lists``: word lists by name; ``groups``: phrases by any name; raises ``UnreadablePhrase``."""
        self._entries = {
            name: tuple(compile_phrase(entry, lists) for entry in entries) for name, entries in lists.items()
        }
        self._firsts: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._lists: dict[str, Index[Phrase]] = {name: Index() for name in lists}
        for name, entries in self._entries.items():
            self._firsts_of_list(name, ())
            for phrase in entries:
                self._lists[name].add(phrase, *self._firsts_of(phrase[0], ()))
        self._numbers: dict[Element, int] = {}
        self._elements: Index[int] = Index()
        self._groups: Index[Sought] = Index()
        for group, phrases in groups.items():
            for text in phrases:
                phrase = compile_phrase(text, lists)
                if phrase[0].optional or phrase[0].gap or phrase[-1].gap:
                    raise UnreadablePhrase(text, "it must begin and end with a word that cannot be missing")
                self._groups.add(self._sought(group, phrase), *self._firsts_of(phrase[0], ()))

    def find(self, tokens: Sequence[Token]) -> dict[str, list[Hit]]:
        """Hits by group, in order of their first word."""
        hits: dict[str, list[Hit]] = {}
        search = Search(self._elements, self._lists, tokens)
        possible = {each: None for word in search.places for each in self._groups.beginning(word)}
        for each in possible:
            for at, end in search.matches(each):
                hits.setdefault(each.group, []).append(Hit(at, end - 1))
        return {group: sorted(found) for group, found in hits.items()}

    def _sought(self, group: str, phrase: Phrase) -> Sought:
        plain = not any(element.gap or element.optional or element.lists for element in phrase)
        backwards = tuple(
            (self._number(element), self._length((element,)), element.optional, element.gap)
            for element in reversed(phrase)
        )
        return Sought(group, phrase, plain, backwards)

    def _number(self, element: Element) -> int:
        """The element's number; equal elements share one."""
        number = self._numbers.get(element)
        if number is None:
            number = self._numbers[element] = len(self._numbers)
            self._elements.add(number, *self._firsts_of(element, ()))
        return number

    def _length(self, phrase: Phrase) -> int:
        """Words that a phrase covers, at most."""
        return sum(element.gap or max(1, *map(self._longest, element.lists), 1) for element in phrase)

    def _longest(self, name: str) -> int:
        return max(map(self._length, self._entries[name]), default=1)

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
