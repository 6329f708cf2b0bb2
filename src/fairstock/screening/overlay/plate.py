"""Sketches as arrays with the picture's true proportions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.screening.overlay.local import Local
from fairstock.screening.overlay.match import Both, Features

Plane = NDArray[np.float32]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in shares of the picture's longer side."""

TINY, COARSE, FINE = 16, 32, 64
"""Longer side, in pixels, of the plates on which pictures are searched, brought together and compared."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_SHORTEST = 4
_FAINTEST, _FAINT = 0.006, 0.04
"""Least and usual slope, in levels of 0…1 over two pixels, that counts half: less is noise."""
_OF_STRONG = 0.15
"""The same as a share of a picture's strong slopes, so that a faint drawing counts like a bold one."""
_OTHER = 0.06
"""Difference from the colour of the corner, 0…1, that belongs to the picture and not to a margin."""


@dataclass(frozen=True)
class Plates:
    """One picture at the sizes that are needed; each is made at its first use."""

    sketch: bytes
    """Square, RGB, rows from the top; the picture squeezed."""
    width: int
    """Of the picture, in any unit."""
    height: int
    local: Local | None = None
    """Local features of the whole picture; None where none are kept, as of works that came before them."""

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

    @cached_property
    def frame(self) -> Box:
        """The whole picture."""
        longer = max(self.width, self.height)
        return 0.0, 0.0, self.width / longer, self.height / longer

    @cached_property
    def content(self) -> Box:
        """The picture without a margin of one colour around it; the frame where it is empty."""
        differs = np.abs(self.fine - self.fine[0, 0]).max(axis=2) > _OTHER
        rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        if len(rows) < _SHORTEST or len(columns) < _SHORTEST:
            return self.frame
        height, width = differs.shape
        across, down = self.frame[2] / width, self.frame[3] / height
        left, right = _begins(int(columns[0])), width - _begins(width - 1 - int(columns[-1]))
        top, under = _begins(int(rows[0])), height - _begins(height - 1 - int(rows[-1]))
        return left * across, top * down, right * across, under * down

    @cached_property
    def picture(self) -> Box:
        """The picture without a frame around it: a margin that is not more than half of it."""
        left, top, right, under = self.content
        whole = self.frame[2] * self.frame[3]
        return self.content if (right - left) * (under - top) >= whole / 2 else self.frame

    @cached_property
    def features(self) -> Features | None:
        """Its local features, unfolded; None where none are kept."""
        return Features.of(self.local, self.frame[2:]) if self.local is not None else None

    @cached_property
    def both_features(self) -> Both | None:
        """The same, and those of its mirror image."""
        plain = self.features
        return (plain, plain.mirrored()) if plain is not None else None

    def inner(self, longest: int) -> Box:
        """``picture`` in pixels of a plate of this size, without the pixels that are mixed with a frame, and
        without the outermost half pixel.
        """
        mixed = longest / FINE
        left, top, right, under = (side * longest for side in self.picture)
        width, height = (side * longest for side in self.frame[2:])
        return (
            left + mixed if left else 0.5,
            top + mixed if top else 0.5,
            right - mixed if right < width else width - 0.5,
            under - mixed if under < height else height - 0.5,
        )

    @cached_property
    def ink(self) -> float:
        """How strong the picture's strong edges are: levels of 0…1 over two pixels of the coarse plate."""
        bright = luma(self.coarse)
        across, down = np.abs(bright[:, 2:] - bright[:, :-2]), np.abs(bright[2:] - bright[:-2])
        return float(np.percentile(np.concatenate([across.ravel(), down.ravel()]), 95))

    def bright(self, longest: int) -> Plane:
        """Brightness 0…1 at one of the three sizes."""
        return luma({TINY: self.tiny, COARSE: self.coarse, FINE: self.fine}[longest])

    def _plate(self, longest: int) -> Plane:
        return np.asarray(drawn(self.sketch, self.width, self.height, longest), np.float32) / np.float32(255)


def drawn(sketch: bytes, width: int, height: int, longest: int) -> Image.Image:
    """A sketch as a picture of the true proportions, with so many pixels along its longer side."""
    side = math.isqrt(len(sketch) // 3)
    factor = longest / max(width, height)
    size = max(_SHORTEST, round(width * factor)), max(_SHORTEST, round(height * factor))
    way = Image.Resampling.BOX if longest < side else Image.Resampling.BILINEAR
    return Image.frombytes("RGB", (side, side), sketch).resize(size, way)


def _begins(margin: int) -> float:
    """Where the content begins after so many pixels of margin: the first one is partly margin."""
    return margin + 0.5 if margin else 0.0


def luma(plate: Plane) -> Plane:
    """Brightness 0…1, shape (height, width)."""
    bright: Plane = plate @ _LUMA
    return bright


def colour_distance(one: Plane, other: Plane) -> Plane:
    """How far colours differ in the one of the three that differs most, shapes (…, 3) → (…)."""
    apart = np.abs(one - other)
    most: Plane = np.maximum(np.maximum(apart[..., 0], apart[..., 1]), apart[..., 2])
    return most


def directions(bright: Plane) -> tuple[Plane, Plane]:
    """Slopes to the right and down, divided by their length so that strong edges do not drown faint ones.

    Nothing at the rim, where a picture ends and no edge of its own is.
    """
    right, down = np.zeros_like(bright), np.zeros_like(bright)
    right[1:-1, 1:-1] = bright[1:-1, 2:] - bright[1:-1, :-2]
    down[1:-1, 1:-1] = bright[2:, 1:-1] - bright[:-2, 1:-1]
    length: Plane = np.hypot(right, down)
    strong = _OF_STRONG * float(np.partition(length.ravel(), -length.size // 20)[-length.size // 20])
    length += np.float32(min(max(strong, _FAINTEST), _FAINT))
    return right / length, down / length
