"""How likely a word is to be spelt so: counts of letter triples in the words that moderation knows anyway."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import product
from math import log
from pathlib import Path

_WORD = re.compile(r"[a-z]{2,}")
_WHOLE = 20.0
"""What a known word is worth beside the logarithms of its triples."""
_MOST = 4
"""Doubtful letters of a word that are tried both ways; the others stay as they are."""


@lru_cache(maxsize=20_000)
def likeliest(word: str, doubtful: str, choices: str) -> str:
    """The word with each ``doubtful`` sign read as one of ``choices``, whichever makes the likeliest word."""
    places = [at for at, letter in enumerate(word) if letter == doubtful][:_MOST]
    letters = list(word.replace(doubtful, choices[0]))
    best, best_score = "".join(letters), float("-inf")
    for choice in product(choices, repeat=len(places)):
        for at, letter in zip(places, choice, strict=True):
            letters[at] = letter
        score = _likelihood("".join(letters))
        if score > best_score:
            best, best_score = "".join(letters), score
    return best


def _likelihood(word: str) -> float:
    edged = f" {word} "
    counts = _triples()
    known = _WHOLE if word in _words() else 0.0
    return known + sum(log(counts[edged[at : at + 3]] + 0.1) for at in range(len(edged) - 2))


@lru_cache(maxsize=1)
def _triples() -> Counter[str]:
    """Triples of letters in the words, each counted once."""
    return Counter(f" {word} "[at : at + 3] for word in _words() for at in range(len(word)))


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    """Words in the texts of this package."""
    files = Path(__file__).parent.glob("*.toml")
    return frozenset(
        word for file in files for word in _WORD.findall(file.read_text(encoding="utf-8").lower())
    )
