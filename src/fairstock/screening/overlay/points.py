"""Where two pictures have the same corners and spots: how one lies on the other, told by local features.

What correlation of whole pictures misses (a small part, much written over it) often keeps dozens of features
(SIFT: Lowe, "Distinctive image features from scale-invariant keypoints", 2004; its patent expired in 2020),
and all of them must agree about one turn, size and place (RANSAC: Fischler and Bolles, 1981).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from fairstock.screening.overlay.codebook import mirrored
from fairstock.screening.overlay.local import places_of, sift
from fairstock.screening.overlay.match import Matrix
from fairstock.screening.overlay.plate import Plane, Plates, drawn

SIDE = 128
"""Longer side, in pixels, at which features are looked for; SIFT doubles it once more."""
LEAST = 4
"""Features that must agree for a position to be tried."""
_MOST = 150
_RATIO = 0.85
"""A match must be so much nearer than the second nearest, or be the best seen from both pictures."""
_NEAR = 1.5 / 64
"""Distance, in shares of the longer side, within which a feature lies where another one does."""
_REMEMBERED = 512
"""Pictures whose features are kept, at most 80 kB each."""


@dataclass(frozen=True, slots=True)
class Points:
    """The local features of a picture."""

    places: NDArray[np.float64]
    """In shares of the longer side, shape (n, 2)."""
    looks: Plane
    """As ``sift`` gives them, shape (n, 128)."""

    def mirrored(self, width: float) -> Points:
        """Of the mirror image of a picture so wide, in shares of its longer side."""
        return Points(np.array([width, 0]) + self.places * np.array([-1, 1]), mirrored(self.looks))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Features of a work and those of an upload that look the same."""

    work: NDArray[np.float64]
    upload: NDArray[np.float64]
    """Places of either, shape (n, 2) each."""

    def agreeing(self, matrix: Matrix) -> int:
        """How many different places of the one lie on different places of the other, by a position."""
        apart = self.work @ matrix[:, :2].T + matrix[:, 2] - self.upload
        there = np.hypot(apart[:, 0], apart[:, 1]) < _NEAR
        return min(_different(self.work[there]), _different(self.upload[there]))


BothPairs = tuple[Pairs, Pairs]
"""With the upload as it is, and with its mirror image."""
_NOWHERE = np.zeros((0, 2))
UNPAIRED: BothPairs = Pairs(_NOWHERE, _NOWHERE), Pairs(_NOWHERE, _NOWHERE)
"""Of works that are not looked at."""


def _different(places: NDArray[np.float64]) -> int:
    return len(np.unique(np.round(places / _NEAR), axis=0))


@lru_cache(_REMEMBERED)
def _points(sketch: bytes, width: int, height: int) -> Points:
    picture = drawn(sketch, width, height, SIDE)
    keypoints, looks = sift(np.asarray(picture.convert("L")), _MOST)
    return Points(places_of(keypoints, SIDE), looks)


def paired(upload: Plates, work: Plates) -> BothPairs:
    """Features that look the same in both, with the upload as it is and with its mirror image."""
    mine = _points(upload.sketch, upload.width, upload.height)
    theirs = _points(work.sketch, work.width, work.height)
    mirrored = mine.mirrored(upload.frame[2])
    straight, turned = _matched(theirs, mine), _matched(theirs, mirrored)
    back = np.array([upload.frame[2], 0]) + turned.upload * np.array([-1, 1])
    return straight, Pairs(turned.work, back)


def _matched(work: Points, upload: Points) -> Pairs:
    """The likeliest pairs."""
    if len(work.looks) < LEAST or len(upload.looks) < LEAST:
        return UNPAIRED[0]
    alike = work.looks @ upload.looks.T
    best, every = alike.argmax(axis=1), np.arange(len(alike))
    first = alike[every, best]
    second = np.partition(alike, -2, axis=1)[:, -2]
    clear = 1 - first < _RATIO**2 * (1 - second)
    good = clear | (alike.argmax(axis=0)[best] == every)
    return Pairs(work.places[good], upload.places[best[good]])


def positions(pairs: BothPairs) -> Iterator[Matrix]:
    """Where many features agree: straight, then mirrored; nothing where too few do."""
    for each, way in zip(pairs, (1.0, -1.0), strict=True):
        if len(each.work) < LEAST:
            continue
        flip = np.array([way, 1.0])
        found, _ = cv2.estimateAffinePartial2D(
            each.work, each.upload * flip, method=cv2.RANSAC, ransacReprojThreshold=_NEAR
        )
        if found is not None:
            matrix: Matrix = np.asarray(found, np.float64) * flip[:, None]
            if each.agreeing(matrix) >= LEAST:
                yield matrix
