"""A position of an upload on a work in the numbers that the policy knows."""

from __future__ import annotations

import math

import numpy as np

from fairstock.screening.model import Laid
from fairstock.screening.overlay.agree import agreement
from fairstock.screening.overlay.fits import Fit
from fairstock.screening.overlay.match import Match, Matrix, seen_at
from fairstock.screening.overlay.plate import Box, Plates

STRETCH = 1.25
"""A copy is at most so much wider for its height than the work: more is another picture made to fit."""
_SIZES = (0.45, 1.7)
_OF_WORK, _OF_UPLOAD = 0.3, 0.5
"""Shares that lie on the other picture in any copy that the policy knows."""
_GRID = (np.mgrid[:12, :12].reshape(2, -1) + 0.5) / 12


def described(fit: Fit, upload: Plates, work: Plates) -> Laid | None:
    """What speaks for a position; None where it is none of a copy: squeezed, or far smaller or larger."""
    linear = fit.matrix[:, :2]
    longer, shorter = (float(each) for each in np.linalg.svd(linear, compute_uv=False).tolist())
    size = 1 / math.sqrt(longer * shorter) if shorter > 0 else math.inf
    if shorter <= 0 or longer / shorter > STRETCH or not _SIZES[0] <= size <= _SIZES[1]:
        return None
    mirrored = float(np.linalg.det(linear)) < 0
    across, down = linear[:, 0] * (-1 if mirrored else 1), linear[:, 1]
    same, match = agreement(upload, work, fit), match_at(upload, work, fit.matrix)
    return Laid(
        agreement=same.share,
        kept=same.kept,
        kept_corners=same.kept_corners,
        blocks=same.blocks,
        corners=same.corners,
        apart=same.apart,
        of_work=same.of_work,
        of_upload=same.of_upload,
        mirrored=mirrored,
        degrees=math.degrees(math.atan2(float(down[0] - across[1]), float(across[0] + down[1]))),
        size=size,
        box=_shown(fit, upload, work),
        told=same.told,
        colours=same.colours,
        features=match.features,
        features_of_work=match.of_work,
        features_of_upload=match.of_upload,
        feature_cells=match.cells,
        features_missing=match.missing,
    )


def fills(matrix: Matrix, upload: Plates, work: Plates) -> float:
    """``filled`` of a position before it is refined, roughly."""
    x, y = work.frame[2] * _GRID[0], work.frame[3] * _GRID[1]
    (a, b, c), (d, e, f) = matrix
    right, down = a * x + b * y + c, d * x + e * y + f
    inside = (right > 0) & (right < upload.frame[2]) & (down > 0) & (down < upload.frame[3])
    of_work = float(inside.mean())
    area = work.frame[2] * work.frame[3] / (upload.frame[2] * upload.frame[3])
    of_upload = of_work * area * abs(float(np.linalg.det(matrix[:, :2])))
    return filled(of_work, of_upload)


def filled(of_work: float, of_upload: float) -> float:
    """How far a position is one of a copy, by the shares of both pictures that lie on each other: 1 from
    where the proofs of the policy begin.
    """
    return min(1.0, of_work / _OF_WORK, of_upload / _OF_UPLOAD)


def match_at(upload: Plates, work: Plates, matrix: Matrix) -> Match:
    """What local features say about a position; nothing where either has none."""
    mine, theirs = upload.both_features, work.features
    if mine is None or theirs is None:
        return Match(0, 0.0, 0.0, 0.0, 0.0)
    return seen_at(theirs, mine, matrix)


def _shown(fit: Fit, upload: Plates, work: Plates) -> Box:
    """The part of the work that the upload shows: left, top, width, height in shares of the work."""
    height, width = work.fine.shape[:2]
    x, y = fit.places((height, width))
    inside = (x > 0) & (x < upload.fine.shape[1]) & (y > 0) & (y < upload.fine.shape[0])
    shown = inside.reshape(height, width)
    rows, columns = np.flatnonzero(shown.any(axis=1)).tolist(), np.flatnonzero(shown.any(axis=0)).tolist()
    if not rows:
        return 0.0, 0.0, 0.0, 0.0
    wide, high = columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]
    return columns[0] / width, rows[0] / height, wide / width, high / height
