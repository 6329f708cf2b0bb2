"""What the text classifier sees of a prompt besides its meaning: concepts and their pairs, words, letters.

Everything is read from folded text (``normalise``), so that disguises do not change it. Pure Python: about
half a millisecond a prompt.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from math import sqrt
from pathlib import Path
from zlib import crc32

from fairstock.moderation.figures import read_names, split_names
from fairstock.moderation.matching import PhraseBook
from fairstock.moderation.model import Category
from fairstock.moderation.names import Cue, NameIndex
from fairstock.moderation.phrases import Hit, Token, tokenise
from fairstock.moderation.telling import telling

DEFAULT_CONCEPTS = Path(__file__).with_name("concepts.toml")
BUCKETS = 1 << 15
"""Hashed words, word pairs and letter groups share this many weights; texts cannot be read back from them."""
_UNDOUBTED = frozenset({Category.SEXUAL_MINORS, Category.TRADEMARK})
_LETTERS = (3, 4, 5)
_WORDS, _GROUPS, _CONCEPTS, _PAIRS = 1.0, 1.0, 0.7, 0.5
"""How loud each kind of feature speaks before training."""


@dataclass(frozen=True, slots=True)
class Features:
    """Sparse features of one text: parallel places and values; places are unique."""

    places: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A text as far as it has been read: what all features are made from."""

    text: str
    """Folded."""
    tokens: Sequence[Token]
    hits: Sequence[Hit]
    """Where it names a concept that can make a text harmful."""
    concepts: tuple[int, ...]
    """Numbers of the concepts that it names, ascending."""

    @property
    def telling(self) -> tuple[int, int]:
        """The part that sentence encoders read (start, end excluded)."""
        return telling(self.text, self.tokens, self.hits)


class Featuriser:
    """Turns folded text into features; made once, from the concepts and the policy's word lists."""

    def __init__(self, lists: Mapping[str, Sequence[str]], file: Path = DEFAULT_CONCEPTS) -> None:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        self.version: str = content["version"]
        concepts: dict[str, list[str]] = content["concepts"]
        self._innocent = frozenset(content["innocent"])
        self._book = PhraseBook(lists, concepts)
        self.concepts: tuple[str, ...] = (*concepts, "public-figure", "fictional-figure")
        self._figures = NameIndex(read_names(sorted(file.parent.glob("data/*.toml"))).known)
        self._fictional = NameIndex(split_names(content["figures"]["names"]))
        self._place = {name: at for at, name in enumerate(self.concepts)}
        self._pair = {pair: at for at, pair in enumerate(combinations(range(len(self.concepts)), 2))}

    @property
    def size(self) -> int:
        """Number of places."""
        return BUCKETS + len(self._place) + len(self._pair)

    def read(self, text: str) -> Read:
        """What folded text names."""
        tokens = tokenise(text)
        found: dict[str, list[Hit]] = self._book.find(tokens)
        hits = [hit for name, each in found.items() if name not in self._innocent for hit in each]
        present = {self._place[name] for name in found}
        if next(self._figures.find(tokens, Cue.NONE), None):
            present.add(self._place["public-figure"])
        if next(self._fictional.find(tokens, Cue.NONE), None):
            present.add(self._place["fictional-figure"])
        return Read(text, tokens, hits, tuple(sorted(present)))

    def excusable(self, read: Read, category: Category | None) -> bool:
        """Whether a rule's refusal may be doubted: about minors or marks, and in a text too long to be
        weighed as a whole, only where it names a concept that can make harmful words harmless.
        """
        innocent = any(self.concepts[at] in self._innocent for at in read.concepts)
        whole = read.telling == (0, len(read.text))
        return innocent or (whole and category not in _UNDOUBTED)

    def of(self, text: str) -> Features:
        """The features of folded text."""
        return self.features(self.read(text))

    def features(self, read: Read) -> Features:
        """The features of a text that has been read."""
        words = [token.word for token in read.tokens]
        values: dict[int, float] = {}
        _add(values, _hashed_words(words), _WORDS)
        _add(values, _hashed_letters(words), _GROUPS)
        start = BUCKETS
        for concept in read.concepts:
            values[start + concept] = _CONCEPTS
        start += len(self.concepts)
        for pair in combinations(read.concepts, 2):
            values[start + self._pair[pair]] = _PAIRS
        return Features(tuple(values), tuple(values.values()))


def _add(values: dict[int, float], places: set[int], loudness: float) -> None:
    """Add places so that the kind as a whole has length ``loudness``."""
    if places:
        each = loudness / sqrt(len(places))
        for place in places:
            values[place] = values.get(place, 0.0) + each


def _hashed_words(words: Sequence[str]) -> set[int]:
    """Words, and pairs of neighbours."""
    pairs = (f"{one} {other}" for one, other in pairwise(words))
    return {_place(f"w{word}") for word in words} | {_place(f"p{pair}") for pair in pairs}


def _hashed_letters(words: Sequence[str]) -> set[int]:
    """Groups of three to five letters inside words, with their edges."""
    places: set[int] = set()
    for word in set(words):
        places |= _letters_of(word)
    return places


@lru_cache(maxsize=20_000)
def _letters_of(word: str) -> frozenset[int]:
    edged = f" {word[:40]} "
    return frozenset(
        _place(f"c{edged[at : at + size]}")
        for size in _LETTERS
        for at in range(max(1, len(edged) - size + 1))
    )


def _place(text: str) -> int:
    return crc32(text.encode("utf-8", "replace")) % BUCKETS
