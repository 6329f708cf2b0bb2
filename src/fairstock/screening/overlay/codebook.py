"""What the codes and words of local features stand for: made once by ``tests/bench/copies/codebook.py``.

A feature is 4 × 4 cells of 8 directions. Each cell is kept as the nearest of 256 (product quantisation: Jégou
et al., 2011). A word is the nearest of 1,024 upper halves and that of lower ones (inverted multi-index:
Babenko and Lempitsky, 2012). Mirrored, a feature's rows are swapped and its directions reversed; the second
half of each table is the first one mirrored, so that a mirror image has the same codes in another order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BOOK_VERSION = "1"
FILE = Path(__file__).parents[2] / "data/local/codebook.npz"
_BACK = (-np.arange(8)) % 8
"""The eight directions of a cell, mirrored."""
HALF = 1024
_CELLS = np.arange(16)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Codebook:
    """Both tables."""

    cells: Floats
    """Of each cell, row by row, the 256 that it is kept as: shape (16, 256, 8)."""
    halves: Floats
    """Of the upper and the lower half the 1,024 that make words, shape (2, 1024, 64)."""

    @classmethod
    def of(cls, cells: Floats, halves: Floats) -> Codebook:
        """From the upper halves, shapes (8, 256, 8) and (1024, 64); the lower ones are mirrored."""
        rows = cells.reshape(2, 4, 256, 8)
        whole = np.concatenate([rows, rows[::-1][..., _BACK]]).reshape(16, 256, 8)
        return cls(whole, np.stack([halves, mirrored(halves)]))

    def codes(self, vectors: Floats) -> NDArray[np.uint8]:
        """The nearest of each cell, (n, 128) → (n, 16)."""
        cells = vectors.reshape(-1, 16, 8).transpose(1, 0, 2)
        alike = cells @ self.cells.transpose(0, 2, 1) - (self.cells**2).sum(axis=2)[:, None] / 2
        return np.ascontiguousarray(alike.argmax(axis=2).T.astype(np.uint8))

    def vectors(self, codes: NDArray[np.uint8]) -> Floats:
        """What the codes stand for, at length one: (n, 16) → (n, 128)."""
        plain = self.cells[_CELLS, codes].reshape(-1, 128)
        unit: Floats = plain / np.maximum(np.linalg.norm(plain, axis=1, keepdims=True), np.float32(1e-6))
        return unit

    def words(self, vectors: Floats, most: int) -> NDArray[np.int64]:
        """So many of the nearest of both halves, joined in all ways: (n, 128) → (n, most²)."""
        upper, lower = (self._nearest(vectors, half, most) for half in (0, 1))
        return (upper[:, :, None] * HALF + lower[:, None]).reshape(len(vectors), most * most)

    def mirrored(self, words: NDArray[np.int64]) -> NDArray[np.int64]:
        """The words of mirror images."""
        return words % HALF * HALF + words // HALF

    def _nearest(self, vectors: Floats, half: int, most: int) -> NDArray[np.int64]:
        table, every = self.halves[half], np.arange(len(vectors))
        alike = vectors[:, 64 * half : 64 * half + 64] @ table.T - (table**2).sum(axis=1) / 2
        nearest = np.empty((len(vectors), most), np.int64)
        for rank in range(most):
            nearest[:, rank] = alike.argmax(axis=1)
            alike[every, nearest[:, rank]] = -np.inf
        return nearest


def mirrored(vectors: Floats) -> Floats:
    """Features of mirror images, shape (n, 128): a feature's turn is mirrored too, so that only the order of
    its rows and directions changes. Upper halves, shape (n, 64), become lower ones, and the other way round.
    """
    rows = vectors.reshape(len(vectors), vectors.shape[1] // 32, 4, 8)
    return np.ascontiguousarray(rows[:, ::-1][..., _BACK].reshape(vectors.shape))


@cache
def codebook() -> Codebook:
    """The tables that are shipped."""
    with np.load(FILE) as file:
        return Codebook.of(file["cells"].astype(np.float32), file["halves"].astype(np.float32))
