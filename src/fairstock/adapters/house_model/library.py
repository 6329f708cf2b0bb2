"""The works that the generator can look at, indexed by words, colours and looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.house_model.captions import split_words, stems
from fairstock.adapters.house_model.colours import colour_shares, colour_wish, subject_words
from fairstock.adapters.house_model.sampling import COMMON_SUBJECTS

COLOUR = 0.7
"""Weight of colours and layout beside image features in how alike two works look."""

LEXICAL = 0.35
"""Weight of the share of the query's words found in a caption, beside the cosine of sentence embeddings."""

LEADING, MENTION = 2, 0.6
"""Words at the head of a caption that name its subject; how much a word further on counts against one of
them.
"""

WISH = 0.35
"""Weight of how much of a picture shows the colours that the query names."""


@dataclass(frozen=True, slots=True)
class Library:
    """The works that can be shown, N rows."""

    text: NDArray[np.float32]
    """(N, 512) unit sentence embeddings of the captions."""
    look: NDArray[np.float32]
    """(N, d) unit vectors of image features and colours."""
    cluster: NDArray[np.int64]
    """(N,) near-duplicate cluster."""
    colours: NDArray[np.float32]
    """(N, 11) share of each colour word in the picture."""
    holders: dict[str, NDArray[np.int64]]
    """Rows of the works whose captions hold a word."""
    standing: dict[str, NDArray[np.float32]]
    """For each of those rows 1 where the word heads the caption, naming the subject, else ``MENTION``."""


def build_library(
    text: NDArray[np.float32],
    image: NDArray[np.float32],
    small: NDArray[np.uint8],
    cluster: NDArray[np.int64],
    captions: Sequence[str],
) -> Library:
    """Index N works by words and looks; arrays as in ``Prepared``."""
    found: dict[str, list[tuple[int, float]]] = {}
    for row, caption in enumerate(captions):
        words = split_words(caption)
        heading = stems(words[:LEADING])
        for word in sorted(stems(words)):
            found.setdefault(word, []).append((row, 1.0 if word in heading else MENTION))
    holders = {word: np.array([row for row, _ in rows], dtype=np.int64) for word, rows in found.items()}
    standing = {word: np.array([share for _, share in rows], np.float32) for word, rows in found.items()}
    return Library(text, looks_of(image, small), cluster, colour_shares(small), holders, standing)


def looks_of(image: NDArray[np.float32], small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Unit vectors (n, d) of image features (n, 128) and pictures (n, 32, 32, 3)."""
    tiny = (
        small.reshape(len(small), 8, 4, 8, 4, 3).astype(np.float32).mean(axis=(2, 4)).reshape(len(small), -1)
    )
    colour = tiny / 255.0 - 1.0
    colour /= np.maximum(np.linalg.norm(colour, axis=1, keepdims=True), 1e-6)
    both = np.concatenate([image, COLOUR * colour], axis=1)
    unit: NDArray[np.float32] = both / np.linalg.norm(both, axis=1, keepdims=True)
    return unit


def score_words(library: Library, vectors: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
    """How well each work fits each query in words and named colours: (q, N), about 0 … 1.7.

    ``vectors`` (q, 512) are the queries' sentence embeddings, ``texts`` their words.
    """
    scores: NDArray[np.float32] = vectors @ library.text.T + LEXICAL * _shared_words(library, texts)
    for number, text in enumerate(texts):
        wish = colour_wish(split_words(text))
        if wish.any():
            scores[number] += WISH * np.minimum(1.0, 1.6 * (library.colours @ wish) / wish.sum())
    return scores


def _shared_words(library: Library, texts: Sequence[str]) -> NDArray[np.float32]:
    """Share (q, N) of each query's words, weighted by rarity, that a work's caption holds."""
    count = len(library.text)
    shares = np.zeros((len(texts), count), dtype=np.float32)
    for number, text in enumerate(texts):
        known = sorted(stems(subject_words(split_words(text))) & library.holders.keys())
        weights = [_weight(word, count, len(library.holders[word])) for word in known]
        for word, weight in zip(known, weights, strict=True):
            shares[number, library.holders[word]] += weight / sum(weights) * library.standing[word]
    return shares


def _weight(word: str, works: int, holding: int) -> float:
    """Weight of a word in a query, high for rare ones and double for common subjects."""
    return float(np.log1p(works / (1.0 + holding))) * (2.0 if word in COMMON_SUBJECTS else 1.0)
