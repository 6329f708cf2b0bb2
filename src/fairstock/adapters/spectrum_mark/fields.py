"""From a picture to the response of each wave: slopes without edges, then their spectrum at any period."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters.spectrum_mark.carriers import HIGHEST, Carriers, Spectrum

WORKING = 512
"""Square root of the area, in pixels, at which slopes are taken; larger pictures are made smaller."""
_HALF = np.float32(0.5)
_LOUDEST = 2.0
"""A wave's response counts at most so many times the median one: no single one decides."""

Plane = NDArray[np.float32]
Waves = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Slopes:
    """Brightness differences of neighbouring pixels, edges left out, with the places they belong to."""

    across: Plane
    down: Plane
    columns: Plane
    """Horizontal places of ``across``'s columns, in pixels of the working picture."""
    columns_down: Plane
    """Horizontal places of ``down``'s columns."""
    rows: Plane
    """Vertical places of ``down``'s rows."""
    rows_across: Plane
    """Vertical places of ``across``'s rows."""

    def halved(self) -> Slopes:
        """The same at half the resolution, for a search that is four times as quick."""
        return Slopes(
            _pairs(_pairs(self.across).T).T,
            _pairs(_pairs(self.down).T).T,
            columns=_pairs(self.columns) * _HALF,
            columns_down=_pairs(self.columns_down) * _HALF,
            rows=_pairs(self.rows) * _HALF,
            rows_across=_pairs(self.rows_across) * _HALF,
        )


def luma(image: Image.Image) -> Plane:
    """Brightness 0 … 255 of an RGB picture, shape (height, width)."""
    return np.asarray(image.convert("F"))  # Pillow's weights are those of ITU-R 601: .299, .587, .114


def working_size(width: int, height: int) -> tuple[int, int]:
    """The size at which a picture is looked at."""
    factor = min(1.0, WORKING / math.sqrt(width * height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def slopes(bright: Plane, steepest: float) -> Slopes:
    """The slopes of a picture: limited to ``steepest`` levels a pixel, and nothing where twice as steep."""
    height, width = bright.shape
    columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    return Slopes(
        across=_limited(np.diff(bright, axis=1), steepest),
        down=_limited(np.diff(bright, axis=0), steepest),
        columns=columns[1:],
        columns_down=columns + 0.5,
        rows=rows[1:],
        rows_across=rows + 0.5,
    )


def responses(
    carriers: Carriers, seen: Slopes, across: NDArray[np.float64], down: NDArray[np.float64]
) -> Spectrum:
    """How each wave answers when a period is so many pixels wide (``across``) and high (``down``).

    Both of shape (p,); gives shape (p, n), whitened: what is loud in this picture counts like the rest.
    """
    wide = _spectrum(seen.across, seen.rows_across, seen.columns, across, down)
    high = _spectrum(seen.down, seen.rows, seen.columns_down, across, down)
    rows, columns = carriers.down + HIGHEST, carriers.across
    summed = carriers.across * wide[:, rows, columns] + carriers.down * high[:, rows, columns]
    return _whitened(-1j * summed.astype(np.complex128) / carriers.steepness)


def waves(first: float, count: int, period: float, lowest: int) -> Waves:
    """exp(−2πi · cycles · place / period), shape (cycles, count), for cycles from ``lowest`` (0 or −HIGHEST)
    to HIGHEST, at ``count`` places one pixel apart from ``first`` on.
    """
    table = np.empty((HIGHEST + 1, count), np.complex64)
    table[0] = 1.0
    table[1] = np.exp(-2j * math.pi / period * (first + np.arange(count)))
    for cycles in range(2, HIGHEST + 1):  # ten times quicker than an exponential for each
        np.multiply(table[cycles // 2], table[cycles - cycles // 2], out=table[cycles])
    return np.concatenate([np.conj(table[:0:-1]), table]) if lowest < 0 else table


kept_waves = lru_cache(maxsize=32)(waves)
"""The same, remembered (135 kB each): pictures have few sizes, and marking one asks ten times. Not to be
written to."""


def _spectrum(
    field: Plane, rows: Plane, columns: Plane, across: NDArray[np.float64], down: NDArray[np.float64]
) -> NDArray[np.complex64]:
    """The field's Fourier sums, shape (periods, 2·HIGHEST + 1, HIGHEST + 1)."""
    made = kept_waves if len(across) == 1 else waves  # one place is looked at again and again, many once
    first_row, first_column = float(rows[0]), float(columns[0])
    wide = np.concatenate([made(first_column, len(columns), period, 0) for period in across.tolist()])
    both = field @ parts(wide).T  # real parts, then imaginary ones: half the cost of complex numbers
    first = (both[:, : len(wide)] + 1j * both[:, len(wide) :]).reshape(len(field), len(across), HIGHEST + 1)
    high = (made(first_row, len(rows), period, -HIGHEST) for period in down.tolist())
    return np.stack([each @ first[:, number] for number, each in enumerate(high)])


def parts(table: Waves) -> Plane:
    """Real parts above imaginary ones, shape (2 · rows, columns)."""
    return np.concatenate([table.real, table.imag])


def _limited(slope: Plane, steepest: float) -> Plane:
    kept = np.clip(slope, -steepest, steepest)
    kept *= np.abs(slope) <= 2 * steepest
    return kept


def _whitened(response: Spectrum) -> Spectrum:
    loudness = np.abs(response)
    usual = np.median(loudness, axis=-1, keepdims=True) + 1e-9
    evened: Spectrum = response / np.maximum(loudness, 1e-9) * np.minimum(loudness / usual, _LOUDEST)
    return evened


def _pairs(plane: Plane) -> Plane:
    """Means of neighbouring rows (or numbers); an odd last one is dropped."""
    whole = plane[: len(plane) // 2 * 2]
    mean: Plane = (whole[0::2] + whole[1::2]) * _HALF
    return mean
