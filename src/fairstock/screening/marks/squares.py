"""DALL·E 2's signature: five squares of 16 px in fixed colours at the bottom right."""

from __future__ import annotations

import numpy as np

from fairstock.screening.marks.base import Mark
from fairstock.screening.ports import Corner

SIDE = 16
COLOURS = ((0xFF, 0xFF, 0x66), (0x42, 0xFF, 0xFF), (0x51, 0xDA, 0x4C), (0xFF, 0x6E, 0x3C), (0x3C, 0x46, 0xFF))
TOLERANCE = 12.0
"""Most that the mean of a square's inner pixels may differ from its colour; 4 was the worst seen, in JPEGs.
"""
SPREAD = 16.0
"""Largest standard deviation inside a square; a photograph of such colours would vary more."""


def dalle2(corner: Corner | None) -> Mark | None:
    """The signature, or None; a corner too small to hold it has none."""
    if corner is None or corner.width < SIDE * len(COLOURS) or corner.height < SIDE:
        return None
    pixels = (
        np.frombuffer(corner.rgb, dtype=np.uint8).reshape(corner.height, corner.width, 3).astype(np.float64)
    )
    left = corner.width - SIDE * len(COLOURS)
    for position, colour in enumerate(COLOURS):
        start = left + position * SIDE
        square = pixels[-SIDE + 3 : -3, start + 3 : start + SIDE - 3]
        off = np.abs(square.mean(axis=(0, 1)) - np.array(colour, dtype=np.float64)).max()
        if off > TOLERANCE or square.std(axis=(0, 1)).max() > SPREAD:
            return None
    return Mark(
        "DALL·E 2",
        "the signature in the bottom right corner of the picture",
        "five coloured squares of 16 pixels",
    )
