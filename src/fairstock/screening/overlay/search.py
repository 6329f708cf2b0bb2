"""Where an upload could lie on a work: every turn, size and mirror image is tried at every place at once.

The directions of slopes are correlated (orientation correlation: Fitch et al., 2002), through the Fourier
transform; they do not care about brightness, and empty ground adds nothing. The highest frequencies are left
out, so that what lies between two turns or sizes is met as well, and in half the time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import fft, sparse

from fairstock.screening.overlay.match import Matrix
from fairstock.screening.overlay.plate import TINY, Plane, Plates, directions, luma

TURNS = (-10, -5, 0, 5, 10)
"""Degrees; two to three degrees beside one of them are still met."""
SIZES = tuple(0.62 * 1.18**step for step in range(6))
"""Size of the upload's content, in sizes that fill the work's frame: a part that was cut out to one in a
frame.
"""
_CANVAS = 32
"""Side of the square in which the turned upload lies, twice ``TINY``."""
_PLACES = 24
"""Places across and down that are told apart."""
_BEYOND = 8
"""Pixels of the work's frame by which the upload may begin before it."""
_WAYS = tuple((turn, size, mirrored) for mirrored in (False, True) for turn in TURNS for size in SIZES)
"""Turn, size and mirror image of each variant."""
_GUESSES = 6
"""Best variants that are given for each work."""

Spectra = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to hold the upload."""

    degrees: int
    size: float
    mirrored: bool

    def onto(self, right: float, down: float, shape: tuple[int, int]) -> Matrix:
        """How the work lies on an upload of that tiny shape, whose canvas begins so many tiny pixels right of
        the work's corner and below it.
        """
        turn = math.radians(self.degrees)
        cosine, sine = math.cos(turn) / self.size, math.sin(turn) / self.size
        linear = np.array([[cosine, sine], [-sine, cosine]])
        if self.mirrored:
            linear = linear * np.array([-1.0, 1.0])
        centre = np.array([shape[1], shape[0]]) / 2
        moved = linear @ (np.array([right, down]) - _CANVAS / 2) + centre
        return np.column_stack([linear, moved / TINY])


@dataclass(frozen=True, slots=True)
class Guess:
    """A place that fits well at a coarse look."""

    fit: float
    """Cosine of the two pictures' directions there, at most 1."""
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class Found:
    """How well each variant of an upload fits a work, and where."""

    fits: Plane
    """Of each variant, shape (variants,)."""
    places: NDArray[np.intp]
    """Of each variant, row by row."""
    best: float
    """The best of the fits."""


class Held:
    """An upload in every variant; made once, at the first need, then tried on any number of works."""

    def __init__(self, plates: Plates) -> None:
        self.plates = plates

    @cached_property
    def _variants(self) -> tuple[Spectra, Spectra, Plane]:
        """Spectra of the slopes to the right and down in each variant, and their strengths."""
        right, down = _turned(*directions(luma(self.plates.tiny)))
        right, down = np.concatenate([right, -right[:, :, ::-1]]), np.concatenate([down, down[:, :, ::-1]])
        spectra = _spectra(right), _spectra(down)
        return *spectra, _strength(*spectra)

    def on(self, works: Sequence[Plates]) -> list[Found]:
        """For each work the best place of each variant."""
        planes = np.zeros((2, len(works), _CANVAS, _CANVAS), np.float32)
        for number, work in enumerate(works):
            for plane, slopes in zip(planes, directions(luma(work.tiny)), strict=True):
                plane[number, : slopes.shape[0], : slopes.shape[1]] = slopes
        right, down = np.conj(_spectra(planes[0])), np.conj(_spectra(planes[1]))
        strengths = _strength(right, down) * np.float32((_CANVAS / _PLACES) ** 2)
        mine_right, mine_down, mine = self._variants
        return [
            self._found(mine_right * across + mine_down * along, mine * strength)
            for across, along, strength in zip(right, down, strengths, strict=True)
        ]

    def _found(self, spectra: Spectra, strengths: Plane) -> Found:
        agreement = fft.irfft2(spectra, (_PLACES, _PLACES)).reshape(len(spectra), -1)
        places = agreement.argmax(axis=1)
        fits: Plane = agreement[np.arange(len(places)), places] / strengths
        return Found(fits, places, float(fits.max()))

    def guesses(self, found: Found) -> list[Guess]:
        """The best variants, each at its best place, best first."""
        return [
            Guess(
                float(found.fits[number]), self._variant(number).onto(right, down, self.plates.tiny.shape[:2])
            )
            for number in np.argsort(-found.fits, kind="stable")[:_GUESSES].tolist()
            for down, right in [map(_unwrapped, divmod(int(found.places[number]), _PLACES))]
        ]

    def _variant(self, number: int) -> Variant:
        return Variant(*_WAYS[number])


def _spectra(planes: Plane) -> Spectra:
    """The lower frequencies of planes (n, canvas, canvas), as for a canvas of ``_PLACES``."""
    half = _PLACES // 2
    whole = fft.rfft2(planes)[:, :, : half + 1]
    lower: Spectra = np.concatenate([whole[:, :half], whole[:, -half:]], axis=1)
    lower[:, half] = 0
    lower[:, :, half] = 0
    return lower


def _strength(right: Spectra, down: Spectra) -> Plane:
    """Length of each pair of planes, from their spectra (Parseval; all but the first column count twice)."""
    power = right.real**2 + right.imag**2 + down.real**2 + down.imag**2
    length: Plane = np.sqrt(2 * power.sum(axis=(1, 2)) - power[:, :, 0].sum(axis=1)) / np.float32(_CANVAS)
    return length + np.float32(1e-6)


def _turned(right: Plane, down: Plane) -> tuple[Plane, Plane]:
    """The directions on a canvas in each turn and size, shape (variants, canvas, canvas) each."""
    drawn = _drawing(*right.shape) @ np.stack([right.ravel(), down.ravel()], axis=1)
    across, along = drawn.T.reshape(2, -1, _CANVAS, _CANVAS)
    turns = np.repeat(np.radians(TURNS), len(SIZES)).astype(np.float32)[:, None, None]
    cosine, sine = np.cos(turns), np.sin(turns)
    return cosine * across - sine * along, sine * across + cosine * along


@lru_cache(64)
def _drawing(height: int, width: int) -> sparse.csr_array[np.float32, tuple[int, int]]:
    """What each pixel of all turned and sized canvases shows of a picture of this shape, between its pixels:
    a matrix (variants × canvas², height × width).
    """
    row, column = np.mgrid[:_CANVAS, :_CANVAS].reshape(2, -1) + 0.5 - _CANVAS / 2
    turn = np.radians(TURNS)[:, None, None]
    cosine, sine = (each / np.array(SIZES)[:, None] for each in (np.cos(turn), np.sin(turn)))
    x = (cosine * column + sine * row).ravel() + width / 2
    y = (cosine * row - sine * column).ravel() + height / 2
    shown = np.flatnonzero((x >= 0) & (x < width) & (y >= 0) & (y < height))
    x, y = x[shown] - 0.5, y[shown] - 0.5
    left, top = np.floor(x), np.floor(y)
    rows, places, weights = [], [], []
    for down, right in product((0, 1), (0, 1)):
        rows.append(shown)
        places.append(
            np.clip(top + down, 0, height - 1) * width + np.clip(left + right, 0, width - 1),
        )
        weights.append((1 - np.abs(x - left - right)) * (1 - np.abs(y - top - down)))
    entries = np.concatenate(weights).astype(np.float32)
    where = np.concatenate(rows), np.concatenate(places).astype(np.intp)
    shape = len(TURNS) * len(SIZES) * _CANVAS**2, height * width
    return sparse.csr_array(sparse.coo_array((entries, where), shape=shape))


def _unwrapped(place: int) -> float:
    """Tiny pixels; places wrap around the canvas, and the last ones lie before the work's corner."""
    shift = place * _CANVAS / _PLACES
    return shift - _CANVAS if shift >= _CANVAS - _BEYOND else shift
