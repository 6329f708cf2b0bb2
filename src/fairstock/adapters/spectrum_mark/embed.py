"""Puts the pattern into a picture: as faint as survives a harsh re-encoding, stronger where detail hides."""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters.spectrum_mark.carriers import HIGHEST, PERIODS, Carriers, Spectrum
from fairstock.adapters.spectrum_mark.fields import (
    Plane,
    kept_waves,
    parts,
    responses,
    slopes,
    working_size,
)
from fairstock.adapters.spectrum_mark.search import Found, judged

STRENGTHS = (1.0, 1.4, 1.9, 2.5)
"""Root mean square of the pattern on flat areas, in levels of 255, tried from the faintest on."""
HARSH_QUALITY = 30
"""The pattern must survive a JPEG of this quality with room to spare, or the next strength is taken."""
ROOM = -45.0
"""Logarithm of the chance bound that this reading must reach: far beyond what a reader needs."""
STEEPEST = 3.0
_ROUNDS = 4
MOST_CHANGE = 3.2
"""Root mean square of the whole change, in levels: 38 dB."""
_HIDING = 8.0
"""Levels of local deviation that let the pattern be twice as strong; three times is the most."""


def embed(carriers: Carriers, image: Image.Image, payload: bytes, room: Plane) -> Image.Image | None:
    """The RGB picture with the payload, or None where no strength holds it.

    ``room``: 0 … 1 for each pixel, shape (height, width); where it is 0, the pixel stays bit for bit.
    """
    size = working_size(*image.size)
    bright = _seen(image)
    allowed = _hiding(bright) * _resized(room, size)
    symbols = carriers.symbols(payload)
    kept: Image.Image | None = None
    for strength in STRENGTHS:
        pattern = _balanced(carriers, bright, symbols, allowed, strength)
        marked = _added(image, _resized(pattern, image.size) * (room > 0))
        if read_in_place(carriers, marked, payload) is None:
            continue
        kept = marked
        harsh = read_in_place(carriers, _through_jpeg(marked), payload)
        if harsh is not None and harsh.log_chance < ROOM:
            break
    return kept


def read_in_place(carriers: Carriers, image: Image.Image, payload: bytes) -> Found | None:
    """What a reader who knows size and place finds in a whole picture, if that is the payload."""
    answer = responses(carriers, slopes(_seen(image), STEEPEST), *_periods(working_size(*image.size)))[0]
    found = judged(carriers, answer, 1, 0.0)
    return found if found is not None and found.payload == payload else None


def _seen(image: Image.Image) -> Plane:
    """Brightness at working size; brightness is made smaller, since that is one band instead of three."""
    bright, size = image.convert("F"), working_size(*image.size)
    if size != bright.size:
        bright = bright.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.asarray(bright)


def _balanced(carriers: Carriers, bright: Plane, symbols: Spectrum, allowed: Plane, strength: float) -> Plane:
    """The pattern at working size, its waves weighted so that all are read equally well in this picture."""
    weight = np.ones(len(symbols))
    size = bright.shape[1], bright.shape[0]
    for turn in range(_ROUNDS):
        pattern = _drawn(carriers, weight * symbols, size)
        pattern *= strength / max(_loudness(pattern), 1e-9)
        np.clip(pattern, -2.5 * strength, 2.5 * strength, out=pattern)
        pattern *= allowed
        pattern *= min(1.0, MOST_CHANGE / max(_loudness(pattern), 1e-9))
        if turn == _ROUNDS - 1:
            break
        levels = np.rint(bright + pattern)
        seen = slopes(np.clip(levels, 0, 255, out=levels), STEEPEST)
        answer = responses(carriers, seen, *_periods(size))[0]
        heard = (answer * np.conj(symbols)).real
        weight = np.clip(weight * np.where(heard < 0.7, 1.35, np.where(heard > 1.3, 0.85, 1.0)), 0.3, 4.0)
    return pattern


def _loudness(pattern: Plane) -> float:
    """Root mean square."""
    values = pattern.ravel()
    return math.sqrt(float(values @ values) / values.size)


def _periods(size: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    period = np.array([math.sqrt(size[0] * size[1]) / PERIODS])
    return period, period


def _drawn(carriers: Carriers, spectrum: Spectrum, size: tuple[int, int]) -> Plane:
    """The waves added up over a picture of this size."""
    table = np.zeros((2 * HIGHEST + 1, HIGHEST + 1), np.complex64)
    table[carriers.down + HIGHEST, carriers.across] = spectrum
    period = float(_periods(size)[0][0])
    columns = np.conj(kept_waves(0.5, size[0], period, 0))
    rows = kept_waves(0.5, size[1], period, -HIGHEST)  # conjugated: the real part of a product is
    drawn: Plane = parts(rows).T @ parts(table @ columns)  # that of real parts less that of imaginary ones
    return drawn


def _hiding(bright: Plane) -> Plane:
    """How much stronger than on a flat area the pattern may be at each pixel, 1 … 3."""
    edge = max(3, min(bright.shape) // 128 | 1)
    mean = _blurred(bright, edge)
    spread = np.sqrt(np.maximum(_blurred(bright * bright, edge) - mean * mean, np.float32(0)))
    hiding: Plane = np.float32(1) + np.minimum(spread / np.float32(_HIDING), np.float32(2))
    return hiding


def _blurred(plane: Plane, edge: int) -> Plane:
    """Means over squares of this odd edge, mirrored at the borders; a quarter of scipy's time."""
    padded = np.pad(plane, edge // 2, mode="symmetric")
    summed = padded[: plane.shape[0]].copy()
    for step in range(1, edge):
        summed += padded[step : step + plane.shape[0]]
    mean = summed[:, : plane.shape[1]].copy()
    for step in range(1, edge):
        mean += summed[:, step : step + plane.shape[1]]
    mean *= np.float32(1.0 / edge**2)
    return mean


def _resized(plane: Plane, size: tuple[int, int]) -> Plane:
    if plane.shape == (size[1], size[0]):
        return plane
    image = Image.fromarray(plane, "F").resize(size, Image.Resampling.BICUBIC)
    return np.asarray(image, np.float32)


def _added(image: Image.Image, pattern: Plane) -> Image.Image:
    levels = np.asarray(image) + pattern[..., None]
    np.rint(levels, out=levels)
    return Image.fromarray(np.clip(levels, 0, 255, out=levels).astype(np.uint8), "RGB")


def _through_jpeg(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=HARSH_QUALITY)
    return Image.open(file).convert("RGB")
