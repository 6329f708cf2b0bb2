"""A buyer's picture as the house model sees it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters.house_model.library import looks_of
from fairstock.adapters.house_model.parts import ReleaseParts
from fairstock.adapters.house_model.pictures import LARGE, MARGIN, shrink

PAPER = 247
"""Darkest channel from which a pixel counts as white ground, as in ``pictures.frame``."""


@dataclass(frozen=True, slots=True)
class Source:
    """The drawn part of a picture, and where it lies."""

    small: NDArray[np.float32]
    """(1, 3, 32, 32) in -1 … 1, on white."""
    look: NDArray[np.float32]
    """(d,) unit, comparable with ``Library.look``."""
    copied: NDArray[np.bool_]
    """(N,) works of which the picture itself is a copy: likeness to them is what the buyer brought."""
    left: int
    top: int
    side: int
    """The square, in pixels of the whole picture, that the model draws anew; it may reach over the edge."""


def read_source(parts: ReleaseParts, image: Image.Image) -> Source | None:
    """The source of an RGB picture; None where it is white all over.

    Framed as the works were, so that a small drawing on a large sheet is not drawn in three pixels.
    """
    ink = np.asarray(image).min(axis=2) < PAPER
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if rows.size == 0:
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    side = round(max(bottom - top, right - left) * LARGE / (LARGE - 2 * MARGIN))
    left, top = (left + right - side) // 2, (top + bottom - side) // 2
    square = Image.new("RGB", (side, side), "white")
    square.paste(image, (-left, -top))
    large = np.asarray(square.resize((LARGE, LARGE), Image.Resampling.BOX))
    small = shrink(large[None])
    features = parts.projector([Image.fromarray(large)])
    return Source(
        small=np.moveaxis(small, 3, 1).astype(np.float32) / 127.5 - 1.0,
        look=looks_of(features, small)[0],
        copied=parts.guard.copied(large),
        left=left,
        top=top,
        side=side,
    )
