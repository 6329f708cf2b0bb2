"""How far two pictures that lie on each other are the same, block by block of the work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairstock.screening.overlay.plate import Plane
from fairstock.screening.overlay.refine import Fit, inside, sampled

BLOCK = 8
"""Side of a block in fine pixels; a square work has 8 × 8."""
_COVERED = 0.5
"""Share of a block that the upload must cover for it to count."""
_FAINT = 0.03
"""Standard deviation of colour, 0…1, below which a block shows nothing."""
_UNLIKE = 0.25
"""A block agrees where the squared difference is below this share of what is in it."""
_OTHER_GROUND = 0.1
"""Mean difference at which an empty block is another one."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Block by block."""

    share: float
    """Of the blocks that show something in either picture, those that are the same in both."""
    blocks: int
    """How many those are."""
    mass: float
    """The same weighted by how much is in each block, 0…1."""
    worst_block: float
    """Mean absolute difference in the worst block, 0…1."""
    of_work: float
    """Share of the work that the upload shows."""
    of_upload: float
    """Share of the upload that shows the work; the rest is a frame or corners."""


def agreement(upload: Plane, work: Plane, fit: Fit) -> Agreement:
    """Compare two fine plates in RGB, slightly blurred, since edges never lie on each other exactly."""
    x, y = fit.places(work.shape)
    common = inside(x, y, upload.shape, 1.0).reshape(work.shape[:2]).astype(np.float32)
    seen = np.clip(sampled(upload, x, y) * fit.gain + fit.shift, 0, 1).reshape(work.shape)
    mask = common[..., None]
    one, other = _blurred(seen) * mask, _blurred(work) * mask
    count = _sums(common[..., None])[..., 0]
    pixels = np.maximum(count, 1)[..., None]
    first, second = _sums(one) / pixels, _sums(other) / pixels
    content = np.maximum(
        (_sums(one**2) / pixels - first**2).mean(axis=-1),
        (_sums(other**2) / pixels - second**2).mean(axis=-1),
    )
    squared = (_sums((one - other) ** 2) / pixels).mean(axis=-1)
    apart = (_sums(np.abs(one - other)) / pixels).mean(axis=-1)
    covered = count >= _COVERED * BLOCK * BLOCK
    shows = covered & (content > _FAINT**2)
    same = shows & (squared < _UNLIKE * (content + _FAINT**2))
    counted = int(shows.sum()) + int((covered & ~shows & (apart > _OTHER_GROUND)).sum())
    return Agreement(
        share=float(same.sum()) / max(1, counted),
        blocks=int(same.sum()),
        mass=float((content * count)[same].sum() / max(float((content * count)[covered].sum()), 1e-9)),
        worst_block=float(apart[covered].max(initial=0.0)) if covered.any() else 1.0,
        of_work=float(common.mean()),
        of_upload=min(
            1.0,
            float(common.sum())
            * abs(float(np.linalg.det(fit.matrix[:, :2])))
            / (upload.shape[0] * upload.shape[1]),
        ),
    )


def _blurred(plate: Plane) -> Plane:
    """Weights 1, 2, 1 both ways; the rim stays."""
    soft = plate.copy()
    soft[1:-1] = (plate[:-2] + 2 * plate[1:-1] + plate[2:]) / 4
    both = soft.copy()
    both[:, 1:-1] = (soft[:, :-2] + 2 * soft[:, 1:-1] + soft[:, 2:]) / 4
    return both


def _sums(plate: Plane) -> Plane:
    """The sum of each block, (blocks down, blocks across, k); the last ones may reach over the edge."""
    height, width, depth = plate.shape
    down, across = -(-height // BLOCK), -(-width // BLOCK)
    padded = np.pad(plate, ((0, down * BLOCK - height), (0, across * BLOCK - width), (0, 0)))
    sums: Plane = padded.reshape(down, BLOCK, across, BLOCK, depth).sum(axis=(1, 3))
    return sums
