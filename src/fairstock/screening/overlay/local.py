"""Local features of a whole picture: what finds and places a part of it, even a small or covered one.

Taken once from the working picture (SIFT: Lowe, "Distinctive image features from scale-invariant keypoints",
2004; its patent expired in 2020; square roots of its histograms: Arandjelović and Zisserman, 2012), kept in
22 bytes each, and found again by words, so that a catalogue is asked like a text (Sivic and Zisserman, 2003).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.screening.overlay.codebook import BOOK_VERSION, codebook

SIDE = 160
"""Longer side, in pixels, at which features are looked for; SIFT doubles it once more."""
VERSION = f"sift-{SIDE}-strong-{BOOK_VERSION}"
"""Of extraction and words together: only features of one version are compared."""
MOST = 200
"""Features of one picture, spread over it."""
_CELLS = 4
"""The picture's longer side in cells, each of which gives its strongest features in turn."""
_FAINTEST, _EDGE = 0.01, 15
"""Least contrast, and how much stronger one direction may be than the other."""
_FAINT = 160
"""Levels from the darkest to the brightest below which a picture is made stronger."""
_NOISE = 8
"""And above which: less is noise of saving."""
_BEGINS = 0.25
"""Pixels by which places are told too small: they are those of a doubled picture's pixels, halved."""
_ASKED = 2
"""Halves of a word that are asked for each feature, so four words."""
_FURTHEST = 32768
"""Steps in which places are kept along the longer side."""
_SMALLEST, _SIZES = 1e-3, 24.0
"""Size that is kept as 0, in shares of the longer side, and steps in which it doubles."""
_TURNS = 256 / (2 * math.pi)
_RECORD = np.dtype([("place", "<u2", 2), ("size", "u1"), ("turn", "u1"), ("looks", "u1", 16)])

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Local:
    """The local features of a picture, the strongest of each part first."""

    places: Floats
    """In shares of the longer side, from the upper left corner, shape (n, 2)."""
    sizes: Floats
    """Diameters, in shares of the longer side, shape (n,)."""
    turns: Floats
    """Directions in radians, clockwise from the right, shape (n,)."""
    looks: NDArray[np.uint8]
    """Code of each of the 4 × 4 cells around the place, shape (n, 16); ``vectors`` says what it means."""

    def packed(self) -> bytes:
        """To be kept: 22 bytes a feature."""
        rows = np.zeros(len(self.places), _RECORD)
        rows["place"] = np.clip(np.round(self.places * _FURTHEST), 0, 65535)
        steps = _SIZES * np.log2(np.maximum(self.sizes, _SMALLEST) / _SMALLEST)
        rows["size"] = np.clip(np.round(steps), 0, 255)
        rows["turn"] = np.round(self.turns * _TURNS).astype(np.int64) % 256
        rows["looks"] = self.looks
        return rows.tobytes()

    @classmethod
    def unpacked(cls, data: bytes) -> Local:
        """What ``packed`` gave; raises ValueError where the length cannot be right."""
        rows = np.frombuffer(data, _RECORD)
        return cls(
            places=rows["place"].astype(np.float32) / np.float32(_FURTHEST),
            sizes=(_SMALLEST * 2 ** (rows["size"] / _SIZES)).astype(np.float32),
            turns=(rows["turn"] / _TURNS).astype(np.float32),
            looks=rows["looks"].copy(),
        )

    def mirrored(self, width: float) -> Local:
        """Of the mirror image of a picture so wide, in shares of its longer side; exact, as the codebook is
        its own mirror image.
        """
        places = np.array([width, 0], np.float32) + self.places * np.array([-1, 1], np.float32)
        turns = np.mod(np.float32(math.pi) - self.turns, np.float32(2 * math.pi))
        looks = self.looks.reshape(-1, 4, 4)[:, ::-1].reshape(-1, 16)
        return Local(places, self.sizes, turns, np.ascontiguousarray(looks))

    def vectors(self) -> Floats:
        """The unit vectors that the codes stand for, shape (n, 128)."""
        return codebook().vectors(self.looks)


def local_features(picture: Image.Image) -> Local:
    """Of a working picture, on white; nothing where it shows no corners and spots."""
    factor = SIDE / max(picture.size)
    size = max(1, round(picture.width * factor)), max(1, round(picture.height * factor))
    plain = picture.convert("L").resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    keypoints, looks = sift(_strong(np.asarray(plain)))
    chosen = _spread(keypoints)
    return _kept([keypoints[place] for place in chosen], looks[chosen])


def sift(bright: NDArray[np.uint8], most: int = 0) -> tuple[Sequence[cv2.KeyPoint], Floats]:
    """Features of a picture's brightness and what they look like: square roots of histograms of directions
    that sum to one, so unit vectors, shape (n, 128). The ``most`` strongest; 0: all.
    """
    detector = cv2.SIFT.create(most, contrastThreshold=_FAINTEST, edgeThreshold=_EDGE)
    keypoints, found = detector.detectAndCompute(bright, None)
    if not keypoints:
        return (), np.zeros((0, 128), np.float32)
    return keypoints, np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-9))


def places_of(keypoints: Sequence[cv2.KeyPoint], side: int) -> NDArray[np.float64]:
    """Where features lie in a picture of so many pixels along its longer side, in shares of that: (n, 2)."""
    return (np.array([each.pt for each in keypoints]).reshape(-1, 2) + _BEGINS) / side


def _strong(bright: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A faint drawing as strong as others, so that it has features too."""
    least, most = int(bright.min()), int(bright.max())
    if not _NOISE < most - least < _FAINT:
        return bright
    return ((bright - np.float32(least)) * np.float32(255 / (most - least))).astype(np.uint8)


def _kept(keypoints: Sequence[cv2.KeyPoint], looks: Floats) -> Local:
    """As it is read back from storage, so that the first comparison sees what later ones do."""
    return Local.unpacked(
        Local(
            places=places_of(keypoints, SIDE).astype(np.float32),
            sizes=np.array([each.size for each in keypoints], np.float32) / np.float32(SIDE),
            turns=np.radians(np.array([each.angle for each in keypoints], np.float32)),
            looks=codebook().codes(looks),
        ).packed()
    )


def _spread(keypoints: Sequence[cv2.KeyPoint]) -> list[int]:
    """The strongest of each cell, then the second of each, and so on; at most ``MOST``."""
    taken: dict[tuple[int, int], int] = {}
    ranked = []
    for place in sorted(range(len(keypoints)), key=lambda place: -keypoints[place].response):
        across, down = (int(each * _CELLS / SIDE) for each in keypoints[place].pt)
        rank = taken[across, down] = taken.get((across, down), 0) + 1
        ranked.append((rank, place))
    ranked.sort(key=lambda each: each[0])
    return [place for _, place in ranked[:MOST]]


def words(local: Local) -> list[int]:
    """The words under which a picture is found: distinct, ascending, 0 … 2²⁰ − 1."""
    return sorted(set(codebook().words(local.vectors(), 1).ravel().tolist()))


def asked_words(local: Local) -> list[int]:
    """The words to ask for, the mirror image's among them: distinct, ascending; up to eight a feature."""
    book = codebook()
    asked = book.words(local.vectors(), _ASKED)
    return sorted({*asked.ravel().tolist(), *book.mirrored(asked).ravel().tolist()})
