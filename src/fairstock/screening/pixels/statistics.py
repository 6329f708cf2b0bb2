"""What a camera, a pen or a decoder leaves in the finest detail of a picture, as numbers.

A pure function of the pixels: no size, shape, format, transparency or metadata goes in. Every statistic is
taken within a square of fixed size, so that the size of the picture cannot show through. Ideas: rich models
of residuals and their co-occurrence (Fridrich and Kodovsky 2012), correlation of residuals between colour
channels, periodic traces of upsampling (autocorrelation), radial spectra (Durall et al. 2020).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Array = NDArray[np.float32]

SIDE = 192
"""Side in pixels of the square that is looked at; smaller pictures are repeated by reflection."""
_BANDS = 16
"""Rings of the spectrum, of equal width up to half the sampling frequency."""
_LAGS = (
    (0, 1),
    (1, 0),
    (1, 1),
    (0, 2),
    (2, 0),
    (2, 2),
    (0, 3),
    (3, 0),
    (0, 4),
    (4, 0),
    (0, 8),
    (8, 0),
    (8, 8),
)
"""Rows and columns between the two pixels of an autocorrelation."""
_BLOCK = 8
_TINY = 1e-3


def statistics(square: NDArray[np.uint8]) -> Array:
    """The statistics of one crop of shape (height, width, 3), RGB: a vector of ``LENGTH`` finite numbers."""
    pixels = _fitted(square).astype(np.float32)
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    planes = (light, blue - light, red - light)
    diagonals = [_diagonal(plane) for plane in planes]
    parts = [
        *(
            _moments(each)
            for plane, diagonal in zip(planes, diagonals, strict=True)
            for each in _edges(plane, diagonal)
        ),
        _between([_diagonal(red), _diagonal(green), _diagonal(blue)]),
        _between(diagonals),
        *(_echoes(each) for each in diagonals),
        _triples(_second(light)),
        _triples(_second(light.T)),
        *(_spectrum(plane) for plane in planes),
        _noise(light, diagonals),
        _colours(pixels, planes),
    ]
    return np.nan_to_num(np.concatenate(parts)).astype(np.float32)


def _fitted(square: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle ``SIDE`` × ``SIDE`` pixels; what is smaller is continued by its mirror image."""
    height, width = square.shape[:2]
    top, left = max(0, (height - SIDE) // 2), max(0, (width - SIDE) // 2)
    middle = square[top : top + SIDE, left : left + SIDE]
    missing = (0, SIDE - middle.shape[0]), (0, SIDE - middle.shape[1]), (0, 0)
    return np.pad(middle, missing, mode="symmetric") if any(high for _, high in missing) else middle


def _diagonal(plane: Array) -> Array:
    """Mixed second difference: zero on every plain edge along a row or column."""
    return plane[1:, 1:] - plane[1:, :-1] - plane[:-1, 1:] + plane[:-1, :-1]


def _second(plane: Array) -> Array:
    """Second difference along the rows."""
    return plane[:, 2:] - 2 * plane[:, 1:-1] + plane[:, :-2]


def _edges(plane: Array, diagonal: Array) -> tuple[Array, ...]:
    return plane[:, 1:] - plane[:, :-1], plane[1:] - plane[:-1], _second(plane), _second(plane.T), diagonal


def _moments(residual: Array) -> Array:
    """Log size, how heavy the tails are, and how much is (nearly) nothing."""
    size, square = np.abs(residual), residual * residual
    power = float(square.mean()) + _TINY
    mean = float(size.mean()) + _TINY
    fourth = float((square * square).mean()) / power**2
    still, small = float((size < 0.5).mean()), float((size < 1.5).mean())
    return np.array(
        [np.log(power) / 2, np.log(mean) - np.log(power) / 2, np.log(fourth + _TINY), still, small]
    )


def _correlation(one: Array, other: Array) -> float:
    one, other = one - one.mean(), other - other.mean()
    return float((one * other).mean() / (np.sqrt((one * one).mean() * (other * other).mean()) + _TINY))


def _between(channels: list[Array]) -> Array:
    """Correlations of three channels' residuals, two by two."""
    first, second, third = channels
    return np.array([_correlation(first, second), _correlation(second, third), _correlation(first, third)])


def _echoes(residual: Array) -> Array:
    """Autocorrelation at short distances and at those of usual upsampling factors."""
    size = SIDE - 2
    spectrum = fft.rfft2(residual[:size, :size] - residual[:size, :size].mean())
    echo = fft.irfft2(np.abs(spectrum) ** 2, s=(size, size))
    return np.array([echo[lag] for lag in _LAGS], dtype=np.float32) / np.float32(echo[0, 0] + _TINY)


def _triples(residual: Array) -> Array:
    """How often each triple of coarse neighbouring residuals occurs, mirrored ones counted together."""
    step = 1.5 * float(np.abs(residual[::2, ::2]).mean()) + 0.5
    coarse = (residual > step).astype(np.intp) - (residual < -step) + 1
    codes = coarse[:, :-2] * 9 + coarse[:, 1:-1] * 3 + coarse[:, 2:]
    shares = np.bincount(codes.ravel(), minlength=27) / codes.size
    return np.sqrt((shares + shares[::-1])[:14])


@cache
def _rings() -> tuple[NDArray[np.intp], NDArray[np.float64], Array]:
    """Ring of each frequency, how many each ring has, and the window."""
    down, across = np.meshgrid(np.fft.fftfreq(SIDE), np.fft.rfftfreq(SIDE), indexing="ij")
    ring = np.minimum((np.hypot(down, across) * 2 * _BANDS).astype(np.intp), _BANDS)
    hann = np.hanning(SIDE)
    return ring.ravel(), np.bincount(ring.ravel()).astype(float), np.outer(hann, hann).astype(np.float32)


def _spectrum(plane: Array) -> Array:
    """Log power by ring against the mean of the outer rings, and the tallest peak among high frequencies."""
    ring, count, window = _rings()
    power = (np.abs(fft.rfft2((plane - plane.mean()) * window)) ** 2).ravel()
    bands = np.log(np.bincount(ring, power) / count + 1.0)
    high = power[(ring > _BANDS * 3 // 4) & (ring < _BANDS)]
    peak = np.log(float(high.max()) / (float(high.mean()) + 1.0) + 1.0)
    return np.array([*(bands - bands[2:].mean()), peak])


def _blocks(plane: Array) -> Array:
    """Means of 8 × 8 blocks, flat."""
    count = (SIDE - 1) // _BLOCK
    cut = plane[: count * _BLOCK, : count * _BLOCK]
    return np.asarray(cut.reshape(count, _BLOCK, count, _BLOCK).mean(axis=(1, 3)).ravel())


def _noise(light: Array, diagonals: list[Array]) -> Array:
    """How noise is spread over the blocks, and how it goes with brightness and with colour noise."""
    level = np.log(_blocks(np.abs(diagonals[0])) + 0.1)
    colour = np.log(_blocks(np.abs(diagonals[2])) + 0.1)
    bright = _blocks(light)
    spread = np.quantile(level, [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98])
    pairs = [
        _correlation(level, bright),
        _correlation(level, np.abs(bright - 128)),
        _correlation(level, colour),
    ]
    return np.array([*spread, *np.quantile(colour, [0.02, 0.25, 0.5, 0.75]), float(level.std()), *pairs])


def _colours(pixels: Array, planes: tuple[Array, Array, Array]) -> Array:
    """Spread of saturation and brightness, clipped shares, variety of hues."""
    some = pixels[::3, ::3]
    most = np.maximum(np.maximum(some[..., 0], some[..., 1]), some[..., 2])
    least = np.minimum(np.minimum(some[..., 0], some[..., 1]), some[..., 2])
    saturation = (most - least) / (most + 1)
    steps = [0.05, 0.25, 0.5, 0.75, 0.95]
    shares = [float((least > 250).mean()), float((most < 5).mean()), float((most >= 254).mean())]
    hues = [float(planes[1].std()) / 255, float(planes[2].std()) / 255, _correlation(planes[1], planes[2])]
    dark = np.quantile(planes[0][::3, ::3], steps) / 255
    return np.array([*np.quantile(saturation, steps), *dark, float(saturation.std()), *shares, *hues])


LENGTH = len(statistics(np.zeros((SIDE, SIDE, 3), dtype=np.uint8)))
"""Numbers in one vector."""
