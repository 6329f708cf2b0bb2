"""Whether colours agree at positions that edges or features tell: these know none, flags share both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairstock.screening.overlay.match import Matrix
from fairstock.screening.overlay.plate import COARSE, TINY, Plane, Plates, colour_distance

_OTHER = 0.25
"""Difference, in the colour that differs most, at which a pixel is another one: small plates' are mixed."""


def coloured(upload: Plates, work: Plates, matrices: Sequence[Matrix], longest: int) -> Plane:
    """The share of common pixels that have nearly the same colour at each of some positions: (n,)."""
    seen, drawn = ({TINY: each.tiny, COARSE: each.coarse}[longest] for each in (upload, work))
    height, width = drawn.shape[:2]
    row, column = (np.mgrid[:height, :width].reshape(2, -1) + 0.5) / longest
    where = np.asarray(matrices, np.float64) @ np.stack([column, row, np.ones_like(row)]) * longest
    x, y = where[:, 0], where[:, 1]
    left, top, right, under = upload.inner(longest)
    common = (x > left) & (x < right) & (y > top) & (y < under)
    down = np.clip(y, 0, seen.shape[0] - 1).astype(np.intp)
    across = np.clip(x, 0, seen.shape[1] - 1).astype(np.intp)
    same = common & (colour_distance(seen[down, across], drawn.reshape(-1, 3)) < _OTHER)
    share: Plane = (same.sum(axis=1) / np.maximum(common.sum(axis=1), 1)).astype(np.float32)
    return share
