"""Where an upload could lie on a work: every turn, size and mirror image is tried at every place at once.

The directions of slopes are correlated (orientation correlation: Fitch et al., 2002), through the Fourier
transform; they do not care about brightness, and empty ground adds nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft

from fairstock.screening.overlay.plate import Plane, Plates, directions, luma

TURNS = (-10, -5, 0, 5, 10)
"""Degrees; two to three degrees beside one of them are still met."""
SIZES = tuple(0.62 * 1.123**step for step in range(8))
"""Size of the upload's content, in sizes that fill the work's frame: a part that was cut out to one in a
frame.
"""
_CANVAS = 32
"""Side of the square in which the turned upload lies, twice ``TINY``."""
_BEYOND = 8
"""Pixels of the work's frame by which the upload may begin before it."""

Matrix = NDArray[np.float64]
Spectra = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to hold the upload."""

    degrees: int
    size: float
    mirrored: bool

    def onto(self, right: int, down: int, shape: tuple[int, int]) -> Matrix:
        """Tiny pixels of the work → of the upload of that shape, when its canvas lies so far to the right
        and down: shape (2, 3).
        """
        turn = math.radians(self.degrees)
        cosine, sine = math.cos(turn) / self.size, math.sin(turn) / self.size
        linear = np.array([[cosine, sine], [-sine, cosine]])
        if self.mirrored:
            linear = linear * np.array([-1.0, 1.0])
        centre = np.array([shape[1], shape[0]]) / 2
        moved = linear @ (np.array([right, down]) - _CANVAS / 2) + centre
        return np.column_stack([linear, moved])


@dataclass(frozen=True, slots=True)
class Guess:
    """A place that fits well at a coarse look."""

    fit: float
    """Cosine of the two pictures' directions there, at most 1."""
    matrix: Matrix
    """Tiny pixels of the work → of the upload, shape (2, 3)."""


class Held:
    """An upload in every variant; made once, then tried on any number of works."""

    def __init__(self, plates: Plates) -> None:
        self.plates = plates
        bright = luma(plates.tiny)
        self.shape: tuple[int, int] = bright.shape[:2]
        self.variants = [Variant(*each) for each in _ways()]
        right, down = _turned(*directions(bright))
        mirrored = -right[:, :, ::-1], down[:, :, ::-1]
        right, down = np.concatenate([right, mirrored[0]]), np.concatenate([down, mirrored[1]])
        self.strength = np.sqrt((right * right + down * down).sum(axis=(1, 2))) + 1e-6
        self.right: Spectra = fft.rfft2(right)
        self.down: Spectra = fft.rfft2(down)

    def on(self, work: Plates, most: int) -> list[Guess]:
        """The best place of each variant, of the ``most`` best variants, best first."""
        right, down = directions(luma(work.tiny))
        strength = math.sqrt(float((right * right + down * down).sum())) + 1e-6
        size = (_CANVAS, _CANVAS)
        spectrum = self.right * np.conj(fft.rfft2(right, size)) + self.down * np.conj(fft.rfft2(down, size))
        agreement = fft.irfft2(spectrum, size).reshape(len(self.variants), -1)
        fits = agreement.max(axis=1) / (self.strength * strength)
        guesses = []
        for number in np.argsort(-fits)[:most]:
            down_by, right_by = divmod(int(agreement[number].argmax()), _CANVAS)
            place = _unwrapped(right_by), _unwrapped(down_by)
            guesses.append(Guess(float(fits[number]), self.variants[number].onto(*place, self.shape)))
        return guesses


def _ways() -> Iterator[tuple[int, float, bool]]:
    """Turn, size and mirror image of each variant."""
    return ((turn, size, mirrored) for mirrored in (False, True) for turn in TURNS for size in SIZES)


def _turned(right: Plane, down: Plane) -> tuple[Plane, Plane]:
    """The directions on a canvas in each turn and size, shape (variants, canvas, canvas) each."""
    height, width = right.shape
    planes = Image.fromarray(right), Image.fromarray(down)
    drawn: tuple[list[Plane], list[Plane]] = ([], [])
    for degrees, size, _ in list(_ways())[: len(TURNS) * len(SIZES)]:
        cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        over, under = cosine / size, sine / size
        left = width / 2 - (over + under) * _CANVAS / 2
        top = height / 2 - (over - under) * _CANVAS / 2
        matrix = (over, under, left, -under, over, top)
        x, y = (
            np.asarray(
                plane.transform(
                    (_CANVAS, _CANVAS), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
                ),
                np.float32,
            )
            for plane in planes
        )
        drawn[0].append((cosine * x - sine * y).astype(np.float32))
        drawn[1].append((sine * x + cosine * y).astype(np.float32))
    return np.stack(drawn[0]), np.stack(drawn[1])


def _unwrapped(shift: int) -> int:
    """Shifts wrap around the canvas; the last ones are small negative ones."""
    return shift - _CANVAS if shift >= _CANVAS - _BEYOND else shift
