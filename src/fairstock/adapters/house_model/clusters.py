"""Near-duplicates among works: each work joins the cluster of the earliest one that it is made from.

Works are taken in the order of their publication, and a work is compared with earlier ones only. So what is
published later never changes a cluster that is there: nobody can join two people's clusters with a picture
between them, and a disguised copy is either found, which gains nothing, or a cluster of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters.house_model.pictures import on_white, shrink
from fairstock.screening.model import Laid
from fairstock.screening.overlay import Held, Plates, lay_nearest

ALIKE = 0.82
"""Cosine of image features above which two works with near pixels are near-duplicates."""

SURELY_ALIKE = 0.94
"""The same, whatever the pixels."""

NEAR_PIXELS = 0.15
"""Root mean square distance at 16 × 16 (0 … 1) that counts as near pixels."""

SAME_PIXELS = 0.045
"""The same distance, whatever the features."""

EQUAL_PIXELS = 0.02
"""The same distance of the pictures as they are, frame and ground included."""

LAID, LAID_CLOSELY, LAID_COSINE, LAID_EQUAL = 16, 4, 0.45, 4
"""Of works that are alike nobody by these numbers: so many nearest ones by features are laid on it coarsely
and closely, if the cosine is at least this, and so many nearest ones by the pixels as they are: what was
written on a picture changes its features more.
"""

KEPT, KEPT_CORNERS, CORNERS = 0.6, 0.65, 2.5
"""Shares of what the earlier work shows that the later one keeps, and corners in it: those from which the
gate calls an upload "in large parts somebody else's work".
"""

NEARLY_ALL, BLOCKS, LEAST_CORNERS, APART = 0.9, 6, 0.5, 0.05
"""Share of everything in both that agrees, blocks and corners in it, and how much those may differ, where a
picture shows little: what the gate asks for in "somebody else's work with little in it".
"""

OF_EARLIER, OF_LATER = 0.35, 0.5
"""Shares of the two pictures that lie on each other then: strangers agree in a corner now and then."""

BATCH = 512
"""Works that are compared at once."""

_SKETCH = 64

Vectors = NDArray[np.float32]
Views = NDArray[np.uint8]


@dataclass(frozen=True)
class Looks:
    """What is compared of n works."""

    features: Vectors
    """(n, d) unit, of the pictures as ``views.bare`` shows them."""
    bare: Views
    """(n, 128, 128, 3), those pictures."""
    plates: Sequence[Plates]
    """Of the pictures as they are (``plates_of``)."""


def near_duplicates(looks: Looks, published: Sequence[str | None]) -> NDArray[np.int64]:
    """A cluster number per work, from their looks and the moments of publication (None: not known, older
    than all others; ties by row).

    Mirror images count as alike, and so does what ``screening.overlay`` can lay on an earlier work. The
    thresholds are a compromise: ``fairstock bench gaming`` measures them.
    """
    order = sorted(range(len(published)), key=lambda row: (published[row] or "", row))
    sorted_looks = Looks(looks.features[order], looks.bare[order], [looks.plates[row] for row in order])
    found = Clusters().with_more(sorted_looks).first
    first = np.empty(len(order), dtype=np.int64)
    first[order] = np.asarray(order, dtype=np.int64)[list(found)]
    return np.unique(first, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class Clusters:
    """Works in the order of their publication."""

    features: Vectors | None = None
    """(n, d) unit; None without works, like the next one."""
    tiny: Vectors | None = None
    """(n, 2, 16, 16, 3) in 0 … 1: the pictures bare, and as they are."""
    plates: tuple[Plates, ...] = ()
    first: tuple[int, ...] = ()
    """For each work the place of the first one of its cluster."""

    def with_more(self, looks: Looks) -> Clusters:
        """These works and later ones, in the order of their publication."""
        known, features, tiny = len(self.first), looks.features, _tiny(looks)
        every = features if self.features is None else np.concatenate([self.features, features])
        pixels = tiny if self.tiny is None else np.concatenate([self.tiny, tiny])
        plates, first = [*self.plates, *looks.plates], list(self.first)
        for start in range(known, len(every), BATCH):
            stop = min(start + BATCH, len(every))
            cosine = every[start:stop] @ every[:stop].T
            bare, whole = (_apart(pixels[start:stop, kind], pixels[:stop, kind]) for kind in (0, 1))
            for place in range(start, stop):
                row = (each[place - start, :place] for each in (cosine, bare, whole))
                earlier = _earliest(*row, plates=plates)
                first.append(place if earlier is None else first[earlier])
        return Clusters(every, pixels, tuple(plates), tuple(first))


def _earliest(cosine: Vectors, bare: Vectors, whole: Vectors, *, plates: Sequence[Plates]) -> int | None:
    """The place of the earliest work that the next one is a near-duplicate of, from their cosines and
    distances (n,).
    """
    near = (cosine > ALIKE) & (bare < NEAR_PIXELS)
    alike = (cosine > SURELY_ALIKE) | near | (bare < SAME_PIXELS) | (whole < EQUAL_PIXELS)
    if alike.any():
        return int(alike.argmax())
    by_features = [int(each) for each in np.argsort(-cosine)[:LAID] if cosine[each] >= LAID_COSINE]
    nearest = list(dict.fromkeys([*by_features, *map(int, np.argsort(whole)[:LAID_EQUAL])]))
    laid = lay_nearest(Held(plates[len(cosine)]), [plates[each] for each in nearest], LAID_CLOSELY)
    made_from = [each for each, found in zip(nearest, laid, strict=True) if found and _agree(found)]
    return min(made_from, default=None)


def _agree(laid: Laid) -> bool:
    if laid.of_work < OF_EARLIER or laid.of_upload < OF_LATER:
        return False
    large = laid.kept >= KEPT and laid.kept_corners >= KEPT_CORNERS and laid.corners >= CORNERS
    little = min(laid.agreement, laid.kept) >= NEARLY_ALL and laid.apart <= APART
    return large or (little and laid.blocks >= BLOCKS and laid.corners >= LEAST_CORNERS)


def _apart(later: Vectors, every: Vectors) -> Vectors:
    """Distances (l, n) of tiny pictures, straight or mirrored, whichever is nearer."""
    rows, flat, mirrored = (each.reshape(len(each), -1) for each in (later, every, every[:, :, ::-1]))
    nearer: Vectors = np.minimum(pixel_distance(rows, flat), pixel_distance(rows, mirrored))
    return nearer


def _tiny(looks: Looks) -> Vectors:
    """(n, 2, 16, 16, 3) in 0 … 1."""
    sketches = [np.frombuffer(each.sketch, np.uint8) for each in looks.plates]
    kinds = (shrink(looks.bare), np.stack(sketches).reshape(-1, _SKETCH, _SKETCH, 3))
    return np.stack([_sixteenths(kind) for kind in kinds], axis=1)


def _sixteenths(pictures: Views) -> Vectors:
    """Square pictures as (n, 16, 16, 3) in 0 … 1."""
    cell = pictures.shape[1] // 16
    cells = pictures.reshape(len(pictures), 16, cell, 16, cell, 3).astype(np.float32)
    small: Vectors = cells.mean(axis=(2, 4)) / np.float32(255)
    return small


def plates_of(picture: Image.Image) -> Plates:
    """A work as it is laid on others: on white, otherwise as it is."""
    plain = on_white(picture)
    small = plain.resize((_SKETCH, _SKETCH), Image.Resampling.BOX)
    return Plates(small.tobytes(), plain.width, plain.height)


def pixel_distance(left: Vectors, right: Vectors) -> Vectors:
    """Root mean square distances (l, r) between rows of two arrays of pixels in 0 … 1."""
    squared = (left**2).sum(1)[:, None] + (right**2).sum(1)[None, :] - 2.0 * left @ right.T
    distance: Vectors = np.sqrt(np.maximum(squared, 0.0) / left.shape[1])
    return distance
