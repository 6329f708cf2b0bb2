"""The whole way from two sketches to how they lie on each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fairstock.screening.model import Laid
from fairstock.screening.overlay.agree import agreement
from fairstock.screening.overlay.plate import COARSE, FINE, TINY, Plane, Plates, luma
from fairstock.screening.overlay.refine import Fit, inside, refined, sampled, with_slopes
from fairstock.screening.overlay.search import Guess, Held

GUESSES = 4
"""Places that are looked at more closely."""
NEAREST = 3
"""Works that are looked at closely in any case: among a series, the coarse look does not tell which it is."""
LEAST_FIT = 0.28
"""Cosine of directions below which two pictures are not looked at more closely."""
NEARLY = 0.7
"""A guess this much below the best one is left out."""
MOST_RESIDUE = 0.8
"""Difference at the coarse look, relative to the pictures' own variation, above which they are others."""
_STRETCH = 1.25
"""A copy is at most so much wider for its height than the work: more is another picture made to fit."""
_SIZES = (0.45, 1.7)


def lay(upload: Held, work: Plates) -> Laid | None:
    """How an upload lies on a work; None where it does not."""
    return lay_nearest(upload, [work], 1)[0]


def lay_nearest(upload: Held, works: Sequence[Plates], most: int) -> list[Laid | None]:
    """How an upload lies on each of some works, nearest by features first; None for those that are not
    looked at closely: neither among the ``most`` that fit best at a coarse look nor the very nearest.
    """
    guesses = [upload.on(work, GUESSES) for work in works]
    fits = [found[0].fit if found else 0.0 for found in guesses]
    best = {*sorted(range(len(works)), key=lambda place: (-fits[place], place))[:most], *range(NEAREST)}
    return [
        _closely(upload.plates, work, guesses[place]) if place in best and fits[place] >= LEAST_FIT else None
        for place, work in enumerate(works)
    ]


def _closely(plates: Plates, work: Plates, guesses: Sequence[Guess]) -> Laid | None:
    seen, bright = with_slopes(plates.coarse), luma(work.coarse)
    tried = [
        fit
        for guess in guesses
        if guess.fit >= NEARLY * guesses[0].fit
        and (fit := refined(seen, bright, _enlarged(guess), 6, 0.1)) is not None
    ]
    residue, best = min(
        ((_residue(seen, bright, fit), fit) for fit in tried),
        key=lambda each: each[0],
        default=(math.inf, None),
    )
    if best is None or residue > MOST_RESIDUE:
        return None
    ratio = FINE / COARSE
    exact = refined(with_slopes(plates.fine), luma(work.fine), best.scaled(ratio, ratio), 5, 0.08)
    return None if exact is None else _described(exact, plates, work)


def _enlarged(guess: Guess) -> Fit:
    ratio = COARSE / TINY
    return Fit(guess.matrix, 1.0, 0.0).scaled(ratio, ratio)


def _residue(seen: Plane, bright: Plane, fit: Fit) -> float:
    """Mean difference where the two overlap, relative to the variation of the less varied one."""
    x, y = fit.places(bright.shape)
    common = inside(x, y, seen.shape, 0.5)
    if common.sum() < bright.size // 16:
        return math.inf
    one = sampled(seen[..., :1], x[common], y[common])[:, 0] * fit.gain + fit.shift
    other = bright.ravel()[common]
    varies = min(float(np.abs(each - np.median(each)).mean()) for each in (one, other))
    return float(np.minimum(np.abs(one - other), 0.25).mean()) / (varies + 0.02)


def _described(fit: Fit, plates: Plates, work: Plates) -> Laid | None:
    linear = fit.matrix[:, :2]
    longer, shorter = (float(each) for each in np.linalg.svd(linear, compute_uv=False).tolist())
    size = 1 / math.sqrt(longer * shorter) if shorter > 0 else math.inf
    if shorter <= 0 or longer / shorter > _STRETCH or not _SIZES[0] <= size <= _SIZES[1]:
        return None
    mirrored = float(np.linalg.det(linear)) < 0
    across, down = linear[:, 0] * (-1 if mirrored else 1), linear[:, 1]
    degrees = math.degrees(math.atan2(float(down[0] - across[1]), float(across[0] + down[1])))
    x, y = fit.places(work.fine.shape)
    shown = inside(x, y, plates.fine.shape, 0.0).reshape(work.fine.shape[:2])
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    if not len(rows):
        return None
    height, width = work.fine.shape[0], work.fine.shape[1]
    box = (
        float(columns[0]) / width,
        float(rows[0]) / height,
        float(columns[-1] + 1 - columns[0]) / width,
        float(rows[-1] + 1 - rows[0]) / height,
    )
    same = agreement(plates.fine, work.fine, fit)
    return Laid(
        agreement=same.share,
        blocks=same.blocks,
        mass=same.mass,
        worst_block=same.worst_block,
        of_work=same.of_work,
        of_upload=same.of_upload,
        mirrored=mirrored,
        degrees=degrees,
        size=size,
        box=box,
    )
