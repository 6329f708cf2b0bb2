"""Training works as small square pictures on white."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from fairstock.asset.rules import flattened

LARGE = 128
"""Side of the pictures that the sharpener learns from and that image features are taken of, in pixels."""

SMALL = 32
"""Side of the pictures that the generator learns from, in pixels."""

MARGIN = 4
"""White border left around a work at ``LARGE``, in pixels."""

MOST_PIXELS = 40_000_000
"""A larger picture is left out: decoding it costs more than a small model gains."""

BLANK = 0.012
"""Mean distance from white (0 … 1) below which a picture shows nothing on white."""


@dataclass(frozen=True, slots=True)
class SquarePicture:
    """A work trimmed and centred on a white square."""

    large: NDArray[np.uint8]
    """(128, 128, 3)"""
    detailed: bool
    """Whether the original was at least as large, so that its edges are true at 128 pixels."""


def decode(data: bytes) -> Image.Image | None:
    """A work's picture; None where it cannot be read or is larger than ``MOST_PIXELS``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
            if image.width * image.height > MOST_PIXELS:
                return None
            image.load()
            return image
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def frame(image: Image.Image) -> SquarePicture | None:
    """Trim white or transparent borders, then centre on a white square of 128 pixels; None where nothing is
    left.
    """
    flat = on_white(image)
    ink = np.asarray(flat, dtype=np.int16).min(axis=2) < 247
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if rows.size == 0:
        return None
    trimmed = flat.crop((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    inner = LARGE - 2 * MARGIN
    scale = inner / max(trimmed.size)
    size = (max(1, round(trimmed.width * scale)), max(1, round(trimmed.height * scale)))
    square = Image.new("RGB", (LARGE, LARGE), "white")
    square.paste(
        trimmed.resize(size, Image.Resampling.LANCZOS), ((LARGE - size[0]) // 2, (LARGE - size[1]) // 2)
    )
    large = np.asarray(square, dtype=np.uint8)
    if 1.0 - float(large.mean()) / 255.0 < BLANK:
        return None
    return SquarePicture(large=large, detailed=scale <= 1.1)


def on_white(image: Image.Image) -> Image.Image:
    """The picture in RGB with white behind it, at most 512 pixels wide and high."""
    if image.mode not in ("RGB", "RGBA", "L"):
        image = image.convert("RGBA")
    shrink = 512 / max(image.size)
    if shrink < 1:
        size = (max(1, round(image.width * shrink)), max(1, round(image.height * shrink)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    return flattened(image)


def shrink(large: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures (n, 128, 128, 3) as (n, 32, 32, 3): the mean of each block of 4 × 4."""
    count, side = large.shape[0], SMALL
    out = np.empty((count, side, side, 3), dtype=np.uint8)
    for start in range(0, count, 256):
        part = large[start : start + 256].astype(np.float32)
        blocks = part.reshape(-1, side, LARGE // side, side, LARGE // side, 3)
        out[start : start + 256] = np.rint(blocks.mean(axis=(2, 4)))
    return out
