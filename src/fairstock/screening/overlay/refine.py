"""Moves a picture on works until they fit to a part of a pixel, many guesses at once.

Gauss–Newton on brightness after Lucas and Kanade, in the inverse form (Baker and Matthews: "Lucas-Kanade 20
years on", 2004): the slopes are the works' own, so that of the upload only brightness is read.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairstock.screening.overlay.fits import Fits
from fairstock.screening.overlay.plate import Plane, Plates

LEAST_COMMON = 0.15
"""Share of the work that the upload must cover."""
_GAINS, _SHIFTS = (0.7, 1.4), (-0.2, 0.2)
"""A copy may be so much brighter or darker, in factors and levels of 0…1."""
_USUAL = 0.005
"""Variance of brightness in a picture that outweighs what is usual: that it was not changed."""
_FURTHEST = 0.1
"""Share of the frame that one step may move its corners by."""
_TOLERANCE = (0.03, 0.1)
"""Differences much above this, in levels of 0…1, hardly count; less where a work is faint."""
_SAME = 0.35
"""A place is the same where the squared difference around it is below this share of what is there."""
_FAINT = 0.1
"""Share of a work's ink below which a place shows nothing."""
_FAINTEST = 0.008


class Bench:
    """Works at one size, prepared for moving an upload on them."""

    def __init__(self, works: Sequence[Plates], longest: int) -> None:
        self.longest = longest
        self.bright = np.zeros((len(works), longest, longest), np.float32)
        self.shown = np.zeros((len(works), longest, longest), np.float32)
        for number, work in enumerate(works):
            plane = work.bright(longest)
            self.bright[number, : plane.shape[0], : plane.shape[1]] = plane
            self.shown[number, : plane.shape[0], : plane.shape[1]] = 1
        ink = np.array([work.ink for work in works], np.float32)[:, None]
        self.tolerance = np.clip(0.5 * ink, *_TOLERANCE)
        self.faint = np.maximum(_FAINT * np.minimum(ink, 0.4), _FAINTEST)[..., None]
        side = (np.arange(longest, dtype=np.float32) + np.float32(0.5)) / np.float32(longest)
        self.x, self.y = np.tile(side, longest), np.repeat(side, longest)
        x, y = self.x - np.float32(0.5), self.y - np.float32(0.5)
        right, down = (each.reshape(len(works), -1) for each in self._slopes())
        self.by = np.stack([right * x, right * y, right, down * x, down * y, down], axis=1)

    def _slopes(self) -> tuple[Plane, Plane]:
        """Of the works, to the right and down, in levels a pixel; none where a picture ends."""
        right, down = np.zeros_like(self.bright), np.zeros_like(self.bright)
        across = self.shown[:, :, 2:] * self.shown[:, :, :-2]
        right[:, :, 1:-1] = (self.bright[:, :, 2:] - self.bright[:, :, :-2]) / 2 * across
        along = self.shown[:, 2:] * self.shown[:, :-2]
        down[:, 1:-1] = (self.bright[:, 2:] - self.bright[:, :-2]) / 2 * along
        return right, down

    def moved(self, upload: Plates, fits: Fits, steps: int, *, light: bool) -> Fits:
        """The fits after some steps.

        Only with ``light`` is its brightness adapted too: before the two lie on each other, that would make
        anything fit a faint work.
        """
        bright = self.bright.reshape(len(self.bright), -1)[fits.work]
        shown = self.shown.reshape(len(self.bright), -1)[fits.work]
        by = -self.by[fits.work]
        tolerance = self.tolerance[fits.work]
        for _ in range(steps):
            seen, common = self.seen(upload, fits)
            error = fits.gain[:, None] * seen + fits.shift[:, None] - bright
            weight = common * shown / (1 + (error / tolerance) ** 2)
            columns = by
            if light:
                columns = np.concatenate([by, seen[:, None], np.ones_like(seen)[:, None]], axis=1)
            fits = self._stepped(fits, columns, columns * weight[:, None], error)
        return fits

    def improved(
        self, upload: Plates, fits: Fits, steps: int, *, light: bool, kept: Plane | None = None
    ) -> tuple[Fits, Plane]:
        """What ``moved`` gives where more is kept there, otherwise the fit as it was, and what is kept.

        ``kept``: what is kept before, where it is known.
        """
        moved = self.moved(upload, fits, steps, light=light)
        before = self.kept(upload, fits) if kept is None else kept
        after = self.kept(upload, moved)
        better = after >= before
        chosen = Fits(
            fits.work,
            np.where(better[:, None, None], moved.matrix, fits.matrix),
            np.where(better, moved.gain, fits.gain),
            np.where(better, moved.shift, fits.shift),
        )
        return chosen, np.maximum(before, after)

    def seen(self, upload: Plates, fits: Fits) -> tuple[Plane, Plane]:
        """What of the upload lies on each pixel of the works, between its pixels, and whether any does: shape
        (n, longest²) each.
        """
        matrix = fits.matrix.astype(np.float32)[..., None]
        plane = upload.bright(self.longest)
        height, width = plane.shape
        size = np.float32(self.longest)
        x = (matrix[:, 0, 0] * self.x + matrix[:, 0, 1] * self.y + matrix[:, 0, 2]) * size - np.float32(0.5)
        y = (matrix[:, 1, 0] * self.x + matrix[:, 1, 1] * self.y + matrix[:, 1, 2]) * size - np.float32(0.5)
        left, top, right, under = upload.inner(self.longest)
        across = (x > left - 0.5) & (x < right - 0.5)
        common = (across & (y > top - 0.5) & (y < under - 0.5)).astype(np.float32)
        x, y = np.clip(x, 0, width - 1.001), np.clip(y, 0, height - 1.001)
        column, row = x.astype(np.int32), y.astype(np.int32)
        x -= column
        y -= row
        first, flat = row * width + column, plane.ravel()
        upper, lower = flat[first], flat[first + width]
        upper += (flat[first + 1] - upper) * x
        lower += (flat[first + width + 1] - lower) * x
        return upper + (lower - upper) * y, common

    def _stepped(self, fits: Fits, columns: Plane, weighted: Plane, error: Plane) -> Fits:
        normal = (weighted @ columns.transpose(0, 2, 1)).astype(np.float64)
        wrong = (weighted @ error[..., None]).astype(np.float64)
        trace = np.trace(normal, axis1=1, axis2=2)[:, None]
        known = columns.shape[1]
        damping = np.array([1, 1, 1, 1, 1, 1, 0.1, 0.1])[:known]
        normal[:, range(known), range(known)] += 1e-4 / known * trace * damping + 1e-9
        if known > 6:
            prior = _USUAL * weighted[:, 7].sum(axis=1).astype(np.float64)
            normal[:, (6, 7), (6, 7)] += prior[:, None]
            wrong[:, 6, 0] += prior * (fits.gain - 1)
            wrong[:, 7, 0] += prior * fits.shift
        step = np.zeros((len(normal), 8))
        step[:, :known] = -np.linalg.solve(normal, wrong)[..., 0]
        furthest = _FURTHEST * self.longest
        change = np.clip(step[:, :6], -furthest, furthest).reshape(-1, 2, 3) / self.longest
        onto = np.zeros((len(step), 3, 3))
        onto[:, :2] = change
        onto[:, :2, 2] -= change[:, :, :2].sum(axis=2) / 2
        onto[:, range(3), range(3)] += 1
        return Fits(
            fits.work,
            fits.matrix @ np.linalg.inv(onto),
            np.clip(fits.gain + step[:, 6], *_GAINS).astype(np.float32),
            np.clip(fits.shift + step[:, 7], *_SHIFTS).astype(np.float32),
        )

    def kept(self, upload: Plates, fits: Fits) -> Plane:
        """How much of what each work shows is found in the upload at the same place, 0…1, shape (n,).

        What the upload leaves out of a work counts half: it may be cut off.
        """
        seen, common = self.seen(upload, fits)
        shape = len(fits.work), self.longest, self.longest
        shown = self.shown[fits.work]
        common = common.reshape(shape) * shown
        bright = self.bright[fits.work]
        seen = (fits.gain[:, None] * seen + fits.shift[:, None]).reshape(shape)
        whole = np.maximum(_around(shown), 1)
        content = _around(bright * bright * shown) / whole - (_around(bright * shown) / whole) ** 2
        apart = _around((seen - bright) ** 2 * common) / np.maximum(_around(common), 1)
        faint = self.faint[fits.work] ** 2
        weight = np.sqrt(np.maximum(content, 0)) * (content > faint) * shown
        same = common * (apart < _SAME * (content + faint))
        here, everywhere = (weight * common).sum(axis=(1, 2)), weight.sum(axis=(1, 2))
        covered = common.sum(axis=(1, 2)) >= LEAST_COMMON * shown.sum(axis=(1, 2))
        found: Plane = 2 * covered * (weight * same).sum(axis=(1, 2)) / (here + everywhere + np.float32(1e-6))
        return found


def _around(planes: Plane) -> Plane:
    """Sums of 3 × 3 pixels, of planes (n, height, width); at the rim of those that there are."""
    wide = planes.copy()
    wide[:, :, 1:] += planes[:, :, :-1]
    wide[:, :, :-1] += planes[:, :, 1:]
    high = wide.copy()
    high[:, 1:] += wide[:, :-1]
    high[:, :-1] += wide[:, 1:]
    return high
