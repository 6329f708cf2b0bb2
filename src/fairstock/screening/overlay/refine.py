"""Moves a picture on another until they fit to a part of a pixel (Gauss–Newton, after Lucas and Kanade)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairstock.screening.overlay.plate import Plane, luma
from fairstock.screening.overlay.search import Matrix

LEAST_COMMON = 0.15
"""Share of the work that the upload must cover."""
_GAINS, _SHIFTS = (0.7, 1.4), (-0.2, 0.2)
"""A copy may be so much brighter or darker, in factors and levels of 0…1."""
_FURTHEST, _STILL = 3.0, 0.02
"""Pixels at the frame's corner that one step may move, and below which it has arrived."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How one picture lies on another."""

    matrix: Matrix
    """Pixels of the work → of the upload, shape (2, 3)."""
    gain: float
    shift: float
    """Brightness of the work = gain × upload + shift."""

    def scaled(self, work: float, upload: float) -> Fit:
        """The same for plates that are so many times as large."""
        matrix = self.matrix * upload
        matrix[:, :2] /= work
        return Fit(matrix, self.gain, self.shift)

    def places(self, shape: tuple[int, ...]) -> tuple[Plane, Plane]:
        """Where in the upload each pixel of a work of this shape lies: (x, y), each (height × width,)."""
        x, y = centres(shape)
        across, down = self.matrix.astype(np.float32)
        return across[0] * x + across[1] * y + across[2], down[0] * x + down[1] * y + down[2]


def centres(shape: tuple[int, ...]) -> tuple[Plane, Plane]:
    """The centres of a plate's pixels, flattened."""
    down, across = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32) + np.float32(0.5)
    return across.ravel(), down.ravel()


def inside(x: Plane, y: Plane, shape: tuple[int, ...], rim: float) -> NDArray[np.bool_]:
    """Which places lie in a plate of this shape, ``rim`` pixels from its edge or more."""
    found: NDArray[np.bool_] = (x > rim) & (x < shape[1] - rim) & (y > rim) & (y < shape[0] - rim)
    return found


def sampled(plate: Plane, x: Plane, y: Plane) -> Plane:
    """The plate (height, width, k) between its pixels, bilinear: shape (n, k)."""
    height, width = plate.shape[:2]
    across, down = np.clip(x - 0.5, 0, width - 1.001), np.clip(y - 0.5, 0, height - 1.001)
    left, top = across.astype(np.intp), down.astype(np.intp)
    right, under = (across - left)[:, None], (down - top)[:, None]
    flat, first = plate.reshape(height * width, -1), top * width + left
    upper = flat[first] + (flat[first + 1] - flat[first]) * right
    lower = flat[first + width] + (flat[first + width + 1] - flat[first + width]) * right
    between: Plane = upper + (lower - upper) * under
    return between


def with_slopes(plate: Plane) -> Plane:
    """Brightness and its slopes to the right and down: (height, width, 3)."""
    bright = luma(plate)
    down, right = np.gradient(bright)
    return np.stack([bright, right, down], axis=-1)


def refined(upload: Plane, work: Plane, fit: Fit, steps: int, tolerance: float) -> Fit | None:
    """The fit after some steps; None where the pictures slide off each other.

    ``upload`` from ``with_slopes``, ``work`` brightness; differences much above ``tolerance`` hardly count,
    so that what was written on a picture does not pull it away.
    """
    x, y = centres(work.shape)
    longest = max(work.shape)
    x, y = (x - work.shape[1] / 2) / longest, (y - work.shape[0] / 2) / longest
    for _ in range(steps):
        across, down = fit.places(work.shape)
        common = inside(across, down, upload.shape, 0.5)
        if common.mean() < LEAST_COMMON:
            return None
        seen = sampled(upload, across[common], down[common])
        step = _step(seen, work.ravel()[common], (x[common], y[common]), fit, tolerance)
        fit = _moved(fit, step, work.shape, longest)
        if np.abs(step[:6]).max() < _STILL:
            break
    return fit


def _step(
    seen: Plane, bright: Plane, places: tuple[Plane, Plane], fit: Fit, tolerance: float
) -> NDArray[np.float64]:
    """The change of the six numbers of the matrix (in pixels at the frame's edge), gain and shift."""
    value, right, down = seen.T
    x, y = places
    error = fit.gain * value + fit.shift - bright
    weight = 1 / (1 + (error / tolerance) ** 2)
    right, down = fit.gain * right, fit.gain * down
    by = np.stack([right * x, right * y, right, down * x, down * y, down, value, np.ones_like(value)])
    weighted = by * weight
    normal = (weighted @ by.T).astype(np.float64)
    damping = np.array([1, 1, 1, 1, 1, 1, 0.1, 0.1])
    normal[np.diag_indices(8)] += 1e-4 / 8 * np.trace(normal) * damping + 1e-9
    step: NDArray[np.float64] = -np.linalg.solve(normal, weighted @ error)
    step[:6] = np.clip(step[:6], -_FURTHEST, _FURTHEST)
    return step


def _moved(fit: Fit, step: NDArray[np.float64], shape: tuple[int, ...], longest: int) -> Fit:
    linear = step[:6].reshape(2, 3)[:, :2] / longest
    moved = step[[2, 5]] - linear @ (np.array([shape[1], shape[0]]) / 2)
    return Fit(
        fit.matrix + np.column_stack([linear, moved]),
        float(np.clip(fit.gain + step[6], *_GAINS)),
        float(np.clip(fit.shift + step[7], *_SHIFTS)),
    )
