"""How an upload lies on a work, and what of it then lies on each pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairstock.screening.overlay.match import Matrix
from fairstock.screening.overlay.plate import Plane


@dataclass(frozen=True, slots=True)
class Fit:
    """How one picture lies on another."""

    matrix: Matrix
    gain: float
    shift: float
    """Brightness of the work = gain × upload + shift."""

    def places(self, shape: tuple[int, ...]) -> tuple[Plane, Plane]:
        """Where in the upload each pixel of a work of this shape lies, when both have plates of one size:
        (x, y) in pixels, each (height × width,).
        """
        down, across = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32) + np.float32(0.5)
        x, y = across.ravel(), down.ravel()
        over, under = (self.matrix * (1, 1, max(shape))).astype(np.float32)
        return over[0] * x + over[1] * y + over[2], under[0] * x + under[1] * y + under[2]


@dataclass(frozen=True)
class Fits:
    """Many fits of one upload, one work each."""

    work: NDArray[np.intp]
    """Which work, shape (n,)."""
    matrix: Matrix
    """Shape (n, 2, 3)."""
    gain: Plane
    shift: Plane

    @classmethod
    def at(cls, work: Sequence[int], matrices: Sequence[Matrix]) -> Fits:
        """Where somebody guesses."""
        count = len(work)
        ones = np.ones(count, np.float32)
        return cls(np.array(work, np.intp), np.array(matrices).reshape(count, 2, 3), ones, 0 * ones)

    def chosen(self, which: NDArray[np.intp]) -> Fits:
        """Some of them."""
        return Fits(self.work[which], self.matrix[which], self.gain[which], self.shift[which])

    def and_(self, others: Fits) -> Fits:
        """These, then others."""
        return Fits(
            np.concatenate([self.work, others.work]),
            np.concatenate([self.matrix, others.matrix]),
            np.concatenate([self.gain, others.gain]),
            np.concatenate([self.shift, others.shift]),
        )

    def one(self, number: int) -> Fit:
        """One of them."""
        return Fit(self.matrix[number], float(self.gain[number]), float(self.shift[number]))


def read(plate: Plane, x: Plane, y: Plane) -> Plane:
    """A plate (height, width, k) at places between its pixels, bilinear: shape (n, k)."""
    height, width = plate.shape[:2]
    x, y = np.clip(x - 0.5, 0, width - 1.001), np.clip(y - 0.5, 0, height - 1.001)
    column, row = x.astype(np.intp), y.astype(np.intp)
    right, under = (x - column)[:, None], (y - row)[:, None]
    flat, first = plate.reshape(height * width, -1), row * width + column
    upper = flat[first] + (flat[first + 1] - flat[first]) * right
    lower = flat[first + width] + (flat[first + width + 1] - flat[first + width]) * right
    between: Plane = upper + (lower - upper) * under
    return between
