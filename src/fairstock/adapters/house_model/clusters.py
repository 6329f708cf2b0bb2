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

LAID, LAID_CLOSELY, LAID_COSINE = 16, 4, 0.45
"""Of works that are alike nobody by these numbers: so many nearest ones by features are laid on it coarsely
and closely, if the cosine is at least this.
"""

AGREES, BLOCKS = 0.65, 6
"""Share and number of the blocks that agree in a near-duplicate that was turned, cropped or framed."""

OF_EARLIER, OF_LATER = 0.4, 0.6
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
    """(n, 16, 16, 3) in 0 … 1."""
    plates: tuple[Plates, ...] = ()
    first: tuple[int, ...] = ()
    """For each work the place of the first one of its cluster."""

    def with_more(self, looks: Looks) -> Clusters:
        """These works and later ones, in the order of their publication."""
        known, features, tiny = len(self.first), looks.features, _tiny(looks.bare)
        every = features if self.features is None else np.concatenate([self.features, features])
        pixels = tiny if self.tiny is None else np.concatenate([self.tiny, tiny])
        plates, first = [*self.plates, *looks.plates], list(self.first)
        for start in range(known, len(every), BATCH):
            stop = min(start + BATCH, len(every))
            cosine = every[start:stop] @ every[:stop].T
            alike = _alike(cosine, pixels[start:stop], pixels[:stop])
            for place in range(start, stop):
                earlier = _earliest(cosine[place - start, :place], alike[place - start, :place], plates)
                first.append(place if earlier is None else first[earlier])
        return Clusters(every, pixels, tuple(plates), tuple(first))


def _earliest(cosine: Vectors, alike: NDArray[np.bool_], plates: Sequence[Plates]) -> int | None:
    """The place of the earliest work that the next one is a near-duplicate of."""
    if alike.any():
        return int(alike.argmax())
    nearest = [int(each) for each in np.argsort(-cosine)[:LAID] if cosine[each] >= LAID_COSINE]
    if not nearest:
        return None
    laid = lay_nearest(Held(plates[len(cosine)]), [plates[each] for each in nearest], LAID_CLOSELY)
    made_from = [each for each, found in zip(nearest, laid, strict=True) if found and _agree(found)]
    return min(made_from, default=None)


def _agree(laid: Laid) -> bool:
    covered = laid.of_work >= OF_EARLIER and laid.of_upload >= OF_LATER
    return covered and laid.agreement >= AGREES and laid.blocks >= BLOCKS


def _alike(cosine: Vectors, later: Vectors, every: Vectors) -> NDArray[np.bool_]:
    """Which works (l, n) are near-duplicates by features and pixels as they lie."""
    flat, mirrored = every.reshape(len(every), -1), every[:, :, ::-1].reshape(len(every), -1)
    rows = later.reshape(len(later), -1)
    distance = np.minimum(pixel_distance(rows, flat), pixel_distance(rows, mirrored))
    near = (cosine > ALIKE) & (distance < NEAR_PIXELS)
    found: NDArray[np.bool_] = (cosine > SURELY_ALIKE) | near | (distance < SAME_PIXELS)
    return found


def _tiny(views: Views) -> Vectors:
    small = shrink(views).reshape(len(views), 16, 2, 16, 2, 3)
    tiny: Vectors = small.astype(np.float32).mean(axis=(2, 4)) / np.float32(255)
    return tiny


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
