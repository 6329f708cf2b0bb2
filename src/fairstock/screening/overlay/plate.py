"""Sketches as arrays with the picture's true proportions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.float32]

TINY, COARSE, FINE = 16, 32, 64
"""Longer side, in pixels, of the plates on which pictures are searched, brought together and compared."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_SHORTEST = 4
_FAINT = np.float32(0.04)
"""Slope, in levels of 0…1 over two pixels, that counts half: less is noise."""


@dataclass(frozen=True)
class Plates:
    """One picture at the sizes that are needed; each is made at its first use."""

    sketch: bytes
    """Square, RGB, rows from the top; the picture squeezed."""
    width: int
    """Of the picture, in any unit."""
    height: int

    @cached_property
    def tiny(self) -> Plane:
        """RGB in 0…1, longer side ``TINY``, shape (height, width, 3)."""
        return self._plate(TINY)

    @cached_property
    def coarse(self) -> Plane:
        """The same with ``COARSE``."""
        return self._plate(COARSE)

    @cached_property
    def fine(self) -> Plane:
        """The same with ``FINE``."""
        return self._plate(FINE)

    def _plate(self, longest: int) -> Plane:
        side = math.isqrt(len(self.sketch) // 3)
        factor = longest / max(self.width, self.height)
        size = max(_SHORTEST, round(self.width * factor)), max(_SHORTEST, round(self.height * factor))
        image = Image.frombytes("RGB", (side, side), self.sketch)
        way = Image.Resampling.BOX if longest < side else Image.Resampling.BILINEAR
        return np.asarray(image.resize(size, way), np.float32) / np.float32(255)


def luma(plate: Plane) -> Plane:
    """Brightness 0…1, shape (height, width)."""
    bright: Plane = plate @ _LUMA
    return bright


def directions(bright: Plane) -> tuple[Plane, Plane]:
    """Slopes to the right and down, divided by their length so that strong edges do not drown faint ones.

    Nothing at the rim, where a picture ends and no edge of its own is.
    """
    right, down = np.zeros_like(bright), np.zeros_like(bright)
    right[1:-1, 1:-1] = bright[1:-1, 2:] - bright[1:-1, :-2]
    down[1:-1, 1:-1] = bright[2:, 1:-1] - bright[:-2, 1:-1]
    length = np.hypot(right, down) + _FAINT
    return right / length, down / length
