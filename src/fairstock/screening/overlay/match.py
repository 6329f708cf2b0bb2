"""How one picture lies on another, told by the local features of both: which agree about one turn, size and
place.

Each pair of features that look the same tells a whole position by itself (Lowe, 2004); the one that most
others agree with is brought to the best fit of these.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairstock.screening.overlay.codebook import mirrored
from fairstock.screening.overlay.local import Floats, Local

LEAST = 4
"""Features that must agree for a position to be told."""
ALIKE = 0.8
"""Cosine from which two features look the same."""
_ROUGH, _NEAR = 0.04, 0.014
"""Distance, in shares of the upload's longer side, at which a feature lies where another one does: by the
position that one pair tells, and by that of all.
"""
_TURNED, _SIZED = 0.45, 0.5
"""Radians, and doublings of size, by which two pairs may differ about one position."""
_UPRIGHT = 0.5
"""Radians up to which a copy is hardly turned."""
_LARGEST = 2.0
"""Doublings of size between the two pictures, at most."""
_PAIRS = 160
"""Pairs that are looked at, the likest first."""
_TRIED = 48
"""Pairs whose positions are tried, those first that most others agree with in turn and size."""
_ROUND = np.float32(2 * np.pi)
_STRETCHED, _STRETCH = 6, 1.25
"""Pairs from which one picture may be stretched, and how far: a copy is hardly."""
_RIVAL = 0.6
"""Share of the agreeing features of one position from which the other one is told too: the mirror image of a
flag may have all its features elsewhere.
"""
_EXPECTED = 0.25
"""Share of a picture's features that agree in nearly every copy."""
_CELL = 8
"""Cells along the longer side, in which features count once."""

Matrix = NDArray[np.float64]
"""Places of the work → of the upload, both in shares of the longer side, shape (2, 3)."""
Complex = NDArray[np.complex128]
Flags = NDArray[np.bool_]
Frame = tuple[float, float]
"""Width and height of a picture, in shares of its longer side."""


@dataclass(frozen=True, slots=True)
class Features:
    """Local features, made ready for comparing; places as complex numbers."""

    places: Complex
    turns: Floats
    sizes: Floats
    """Logarithms to the base of two."""
    vectors: Floats
    frame: Frame
    """Of the picture."""

    @classmethod
    def of(cls, local: Local, frame: Frame) -> Features:
        """What is kept, unfolded."""
        places: Complex = local.places[:, 0] + 1j * local.places[:, 1].astype(np.float64)
        return cls(places, local.turns, np.log2(local.sizes), local.vectors(), frame)

    def mirrored(self) -> Features:
        """Of the mirror image."""
        places: Complex = np.asarray(self.frame[0] - np.conj(self.places), np.complex128)
        turns = np.float32(np.pi) - self.turns
        return Features(places, turns, self.sizes, mirrored(self.vectors), self.frame)


@dataclass(frozen=True, slots=True)
class Match:
    """What local features say about a position."""

    features: int
    """Features that agree, those of one place counted once."""
    of_work: float
    """Share of the work's features, of those that the upload would show, that it has."""
    of_upload: float
    """Share of the upload's features, of those that lie on the work, that the work has."""
    cells: float
    """Share of the work's parts with features that have one that agrees."""
    missing: float
    """How many more features had to agree for a copy of that many: above nothing, they speak against it."""


Both = tuple[Features, Features]
"""An upload's features, and those of its mirror image."""


def positions(work: Features, upload: Both) -> list[Matrix]:
    """Where most features agree, straight and mirrored, the likelier first; nothing where too few do."""
    if min(len(work.places), len(upload[0].places)) < LEAST:
        return []
    found = []
    for way, held in zip((1, -1), upload, strict=True):
        pairs = _pairs(work, held)
        for start in _starts(work, held, pairs):
            matrix, count = _brought(work, held, pairs, start)
            if count >= LEAST:
                found.append((count, matrix if way == 1 else _flipped(matrix, upload[0].frame)))
    found.sort(key=lambda each: -each[0])
    return [matrix for count, matrix in found if count >= _RIVAL * found[0][0]]


def seen_at(work: Features, upload: Both, matrix: Matrix) -> Match:
    """What the features of both say about any position."""
    mirrored = float(np.linalg.det(matrix[:, :2])) < 0
    held, matrix = (upload[1], _flipped(matrix, upload[0].frame)) if mirrored else (upload[0], matrix)
    laid = _laid(matrix, work.places)
    near = np.abs(laid[:, None] - held.places) < _NEAR * 1.2
    alike = near & (work.vectors @ held.vectors.T >= ALIKE)
    agreeing, also = alike.any(axis=1), alike.any(axis=0)
    shown = agreeing | _inside(laid, held.frame)
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    covered = also | _inside(_laid(back, held.places), work.frame)
    features = min(_different(work.places[agreeing]), _different(held.places[also]))
    expected, there = _different(work.places[shown]), _different(held.places[covered])
    return Match(
        features=features,
        of_work=_different(work.places[agreeing]) / max(1, expected),
        of_upload=_different(held.places[also]) / max(1, there),
        cells=_cells(work.places[agreeing]) / max(1, _cells(work.places[shown])),
        missing=max(0.0, _EXPECTED * min(expected, there) - features),
    )


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Features of a work and those of an upload that look the same, and the turn and size between them."""

    work: NDArray[np.intp]
    upload: NDArray[np.intp]
    turn: Floats
    size: Floats

    def chosen(self, which: Flags) -> _Pairs:
        """Some of them."""
        return _Pairs(self.work[which], self.upload[which], self.turn[which], self.size[which])


def _pairs(work: Features, upload: Features) -> _Pairs:
    """The likest of each feature of either."""
    alike = work.vectors @ upload.vectors.T
    mine, theirs = alike.argmax(axis=1), alike.argmax(axis=0)
    works, uploads = np.arange(len(mine)), np.arange(len(theirs))
    one, other = alike[works, mine] >= ALIKE, alike[theirs, uploads] >= ALIKE
    other &= mine[theirs] != uploads
    here, there = np.concatenate([works[one], theirs[other]]), np.concatenate([mine[one], uploads[other]])
    size = upload.sizes[there] - work.sizes[here]
    best = np.argsort(-alike[here, there] + 2 * (np.abs(size) > _LARGEST), kind="stable")[:_PAIRS]
    best = best[np.abs(size[best]) <= _LARGEST]
    here, there = here[best], there[best]
    return _Pairs(here, there, upload.turns[there] - work.turns[here], size[best])


def _starts(work: Features, upload: Features, pairs: _Pairs) -> Iterator[Matrix]:
    """The position that most pairs agree with and, where it is far turned, the likeliest that is not: stars
    and wheels look the same in many turns, and people hardly turn what they copy.
    """
    start = _agreed(work, upload, pairs)
    if start is None:
        return
    yield start
    if abs(math.atan2(start[1, 0], start[0, 0])) > _UPRIGHT:
        upright = np.abs(pairs.turn - _ROUND * np.rint(pairs.turn / _ROUND)) < _UPRIGHT
        other = _agreed(work, upload, pairs.chosen(upright))
        if other is not None:
            yield other


def _agreed(work: Features, upload: Features, pairs: _Pairs) -> Matrix | None:
    """The position, told by one pair, that most pairs agree with."""
    if len(pairs.work) < LEAST:
        return None
    apart = pairs.turn[:, None] - pairs.turn
    apart -= _ROUND * np.rint(apart / _ROUND)
    alike = (np.abs(apart) < _TURNED) & (np.abs(pairs.size[:, None] - pairs.size) < _SIZED)
    friends = alike.sum(axis=1)
    tried = np.argsort(-friends, kind="stable")[:_TRIED]
    tried = tried[friends[tried] >= LEAST]
    if not len(tried):
        return None
    here, there = work.places[pairs.work], upload.places[pairs.upload]
    linear = 2.0 ** pairs.size[tried] * np.exp(1j * pairs.turn[tried])
    moved = there[tried] - linear * here[tried]
    agree = alike[tried] & (np.abs(linear[:, None] * here + moved[:, None] - there) < _ROUGH)
    best = int(agree.sum(axis=1).argmax())
    if agree[best].sum() < LEAST:
        return None
    return _fitted(here[agree[best]], there[agree[best]])


def _brought(work: Features, upload: Features, pairs: _Pairs, matrix: Matrix) -> tuple[Matrix, int]:
    """The position that fits best to all pairs that agree with it, and at how many places these are."""
    here, there = work.places[pairs.work], upload.places[pairs.upload]
    for near in (_ROUGH, (_ROUGH + _NEAR) / 2, _NEAR):
        agree = np.abs(_laid(matrix, here) - there) < near
        if agree.sum() < LEAST:
            break
        matrix = _fitted(here[agree], there[agree])
    agree = np.abs(_laid(matrix, here) - there) < _NEAR
    return matrix, min(_different(here[agree]), _different(there[agree]))


def _fitted(here: Complex, there: Complex) -> Matrix:
    """The least squares of places here → there: turned and sized alike, or with many pairs stretched too."""
    if len(here) >= _STRETCHED:
        known = np.column_stack([here.real, here.imag, np.ones(len(here))])
        found, *_ = np.linalg.lstsq(known, np.column_stack([there.real, there.imag]), rcond=None)
        matrix: Matrix = found.T
        longer, shorter = np.linalg.svd(matrix[:, :2], compute_uv=False)
        if shorter > 0 and longer / shorter < _STRETCH and np.linalg.det(matrix[:, :2]) > 0:
            return matrix
    middle, other = here.mean(), there.mean()
    spread = float((np.abs(here - middle) ** 2).sum())
    linear = (np.conj(here - middle) * (there - other)).sum() / max(spread, 1e-9)
    moved = other - linear * middle
    return np.array([[linear.real, -linear.imag, moved.real], [linear.imag, linear.real, moved.imag]])


def _laid(matrix: Matrix, places: Complex) -> Complex:
    x, y = places.real, places.imag
    over, under = matrix
    laid: Complex = (over[0] * x + over[1] * y + over[2]) + 1j * (under[0] * x + under[1] * y + under[2])
    return laid


def _flipped(matrix: Matrix, frame: Frame) -> Matrix:
    """A position on the mirror image as one on the upload, or the other way round."""
    flipped: Matrix = matrix * np.array([[-1.0], [1.0]]) + np.array([[0, 0, frame[0]], [0, 0, 0]])
    return flipped


def _inside(places: Complex, frame: Frame) -> Flags:
    x, y = places.real, places.imag
    inside: Flags = (x > 0) & (x < frame[0]) & (y > 0) & (y < frame[1])
    return inside


def _different(places: Complex) -> int:
    """How many, those within a small square counted once."""
    return len(np.unique(np.round(places / (2 * _NEAR))))


def _cells(places: Complex) -> int:
    return len(np.unique(np.floor(places.real * _CELL) + 1j * np.floor(places.imag * _CELL)))
