"""How far two pictures that lie on each other are the same, window by window of the work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairstock.screening.overlay.fits import Fit, read
from fairstock.screening.overlay.plate import FINE, Plane, Plates, colour_distance

_CELL = 4
"""Fine pixels; a window is 2 × 2 cells, and begins at every cell."""
_COVERED = 0.5
"""Share of a window that the upload must cover for it to count."""
_FAINT = (0.008, 0.03)
"""Standard deviation of colour, 0…1, below which a window shows nothing: in a faint work, in others."""
_OF_INK = 0.15
"""The same as a share of what the work's fullest windows show."""
_UNLIKE = 0.25
"""A window agrees where the squared difference is below this share of what is in it."""
_OTHER_GROUND = 0.1
"""Mean difference at which an empty window is another one."""
_OTHER_COLOUR = 0.15
"""Difference, in the colour that differs most, at which a pixel is another one."""
_MEAN = np.full(3, 1 / 3, np.float32)
"""Of the three colours."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Window by window; four windows overlap everywhere, so counts are in blocks of 8 × 8 pixels."""

    share: float
    """Of the windows that show something in either picture, those that are the same in both."""
    kept: float
    """Of those that show something in the work: what is written over it leaves the rest the same."""
    kept_corners: float
    """``kept``, each weighted by how much of a corner is in it: straight edges are in many pictures."""
    blocks: float
    """How many blocks are the same."""
    corners: float
    """The same, each weighted by how much of a corner is in it."""
    told: float
    """How many blocks of the work show something: where none does, the sketches cannot tell."""
    apart: float
    """Squared difference within what is the same, as a share of what is there: a copy differs by rounding."""
    colours: float
    """Share of all that is compared, empty ground too, whose colours are the same."""
    of_work: float
    """Share of the work that the upload shows."""
    of_upload: float
    """Share of the upload that shows the work; the rest is a frame or corners."""


def agreement(upload: Plates, work: Plates, fit: Fit) -> Agreement:
    """Compare two fine plates in RGB, slightly blurred, since edges never lie on each other exactly.

    A frame of one colour around the upload is left out.
    """
    shape = work.fine.shape
    x, y = fit.places(shape)
    shown = _within((1, 1, upload.fine.shape[1] - 1, upload.fine.shape[0] - 1), x, y).reshape(shape[:2])
    common = shown * _within(upload.inner(FINE), x, y).reshape(shape[:2])
    seen = np.clip(read(upload.fine, x, y) * np.float32(fit.gain) + np.float32(fit.shift), 0, 1)
    seen, drawn = _blurred(seen.reshape(shape)), _blurred(work.fine)
    area = abs(float(np.linalg.det(fit.matrix[:, :2]))) / (upload.fine.shape[0] * upload.fine.shape[1])
    return _counted(
        _Windows(seen, drawn, common),
        _colours(seen, drawn, common),
        float(shown.mean()),
        min(1.0, float(shown.sum()) * area),
    )


def _colours(seen: Plane, work: Plane, common: Plane) -> float:
    """The share of common pixels whose colours differ by what saving changes at most."""
    same = colour_distance(seen, work) < _OTHER_COLOUR
    return float((same * common).sum()) / max(1.0, float(common.sum()))


class _Windows:
    """What is in each window of two pictures: arrays (windows down, windows across)."""

    def __init__(self, seen: Plane, work: Plane, common: Plane) -> None:
        count = _summed(common[..., None])[..., 0]
        pixels: Plane = np.maximum(count, np.float32(1))
        planes = [*np.moveaxis(seen, -1, 0), *np.moveaxis(work, -1, 0), seen**2 @ _MEAN]
        planes += [work**2 @ _MEAN, (seen - work) ** 2 @ _MEAN]
        planes += [np.abs(seen - work) @ _MEAN, *_slopes(seen), *_slopes(work)]
        sums = _summed(np.stack(planes, axis=-1) * common[..., None])
        means: Plane = sums / pixels[..., None]
        self.covered: Flags = count >= _COVERED * 4 * _CELL * _CELL
        self.seen: Plane = np.maximum(means[..., 6] - means[..., 0:3] ** 2 @ _MEAN, 0)
        self.work: Plane = np.maximum(means[..., 7] - means[..., 3:6] ** 2 @ _MEAN, 0)
        self.squared, self.apart = means[..., 8], means[..., 9]
        ink = float(np.percentile(self.work[self.covered], 95)) ** 0.5 if self.covered.any() else 0.0
        self.faint = min(max(_OF_INK * ink, _FAINT[0]), _FAINT[1]) ** 2
        self.corners = _corners(means[..., 13:16], self.faint)
        self.either_corners = np.maximum(_corners(means[..., 10:13], self.faint), self.corners)


def _counted(windows: _Windows, colours: float, of_work: float, of_upload: float) -> Agreement:
    content = np.maximum(windows.seen, windows.work)
    shows = windows.covered & (content > windows.faint)
    same = shows & (windows.squared < _UNLIKE * (content + windows.faint))
    other_ground = windows.covered & ~shows & (windows.apart > _OTHER_GROUND)
    of_work_shows = windows.covered & (windows.work > windows.faint)
    kept, corners = same & of_work_shows, windows.corners
    return Agreement(
        share=float(same.sum()) / max(1, int(shows.sum() + other_ground.sum())),
        kept=float(kept.sum()) / max(1, int(of_work_shows.sum())),
        kept_corners=float(corners[kept].sum() / max(corners[of_work_shows].sum(), 1e-6)),
        blocks=float(same.sum()) / 4,
        corners=float(windows.either_corners[same].sum()) / 4,
        told=float(of_work_shows.sum()) / 4,
        apart=float(windows.squared[same].sum() / max(float(content[same].sum()), 1e-9)),
        colours=colours,
        of_work=of_work,
        of_upload=of_upload,
    )


def _within(box: tuple[float, ...], x: Plane, y: Plane) -> Plane:
    left, top, right, under = box
    return ((x > left) & (x < right) & (y > top) & (y < under)).astype(np.float32)


def _blurred(plate: Plane) -> Plane:
    """Weights 1, 2, 1 both ways; the rim stays."""
    soft = plate.copy()
    soft[1:-1] = (plate[:-2] + 2 * plate[1:-1] + plate[2:]) / 4
    both = soft.copy()
    both[:, 1:-1] = (soft[:, :-2] + 2 * soft[:, 1:-1] + soft[:, 2:]) / 4
    return both


def _mean(planes: Plane) -> Plane:
    """Over the colours; many times as quick as numpy's mean over a short axis."""
    mean: Plane = planes @ _MEAN
    return mean


def _slopes(plate: Plane) -> list[Plane]:
    """Squared slopes to the right and down and their product, averaged over the colours."""
    right, down = np.zeros_like(plate), np.zeros_like(plate)
    right[:, 1:-1] = (plate[:, 2:] - plate[:, :-2]) / 2
    down[1:-1] = (plate[2:] - plate[:-2]) / 2
    return [_mean(one * other) for one, other in ((right, right), (down, down), (right, down))]


def _corners(slopes: Plane, faint: float) -> Plane:
    """How far slopes go in all directions: 0 on a straight edge, 1 where none is stronger (the smaller
    eigenvalue of the structure tensor against both; Harris and Stephens, 1988).
    """
    right, down, both = slopes[..., 0], slopes[..., 1], slopes[..., 2]
    spread = np.sqrt((right - down) ** 2 + 4 * both * both)
    corners: Plane = (right + down - spread) / (right + down + np.float32(0.1 * faint))
    return corners


def _summed(plate: Plane) -> Plane:
    """The sum of each window of planes (height, width, k); the last ones may reach over the edge."""
    height, width, depth = plate.shape
    down, across = max(2, -(-height // _CELL)), max(2, -(-width // _CELL))
    padded = np.pad(plate, ((0, down * _CELL - height), (0, across * _CELL - width), (0, 0)))
    cells = padded.reshape(down, _CELL, across, _CELL, depth).sum(axis=(1, 3))
    sums: Plane = cells[:-1, :-1] + cells[1:, :-1] + cells[:-1, 1:] + cells[1:, 1:]
    return sums
