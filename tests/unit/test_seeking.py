"""Phrases are found roughly first: nothing that an exact look at every place finds may be missing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairstock.moderation.matching import PhraseBook
from fairstock.moderation.phrases import Hit, Phrase, compile_phrase, tokenise

LISTS = {"one": ["a", "b c", "d* e"], "two": ["{one} f?", "g ... h", "b"]}
PHRASES = ["a", "b*", "a b", "{one} f", "{two}", "a {one}? c", "a ...2 {two}", "d|g ... e? f", "{one} {one}"]
BOOK = PhraseBook(LISTS, {phrase: [phrase] for phrase in PHRASES})
WORDS = st.sampled_from(["a", "b", "bb", "c", "d", "dd", "e", "f", "g", "h", ".", ",", "x"])


def _ends(phrase: Phrase, words: list[tuple[str, int]], at: int) -> set[int]:
    """Ends of the phrase from ``at``, by trying everything."""
    if not phrase:
        return {at}
    first, rest = phrase[0], phrase[1:]
    nexts = {at} if first.optional or first.gap else set()
    if first.gap:
        nexts |= set(range(at, min(at + first.gap, len(words)) + 1))
    elif at < len(words):
        word = words[at][0]
        if word in first.words or any(word.startswith(stem) for stem in first.stems):
            nexts.add(at + 1)
        for name in first.lists:
            for entry in LISTS[name]:
                nexts |= _ends(compile_phrase(entry, LISTS), words, at)
    return {end for place in nexts for end in _ends(rest, words, place)}


@given(st.lists(WORDS, max_size=14))
def test_the_search_finds_what_trying_everything_finds(words: list[str]) -> None:
    tokens = tokenise(" ".join(words))
    spoken = [(token.word, token.sentence) for token in tokens]
    found = BOOK.find(tokens)
    for text in PHRASES:
        hits = []
        for at in range(len(spoken)):
            same = [pair for pair in spoken[at:] if pair[1] == spoken[at][1]]  # sentences only grow
            ends = _ends(compile_phrase(text, LISTS), same, 0)
            if ends - {0}:
                hits.append(Hit(at, at + min(ends) - 1))
        assert found.get(text, []) == hits
