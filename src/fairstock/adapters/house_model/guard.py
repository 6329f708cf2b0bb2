"""Is a fresh picture a copy of a training work?

Measured in pixels where either of the two shows something, so that white ground does not make all drawings
alike. Image features alone would not do: a painterly draft of a house has those of a bear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.adapters.house_model.pictures import SMALL, frame, shrink
from fairstock.adapters.house_model.release import ReleaseWorks, make_projector

COPY_PIXELS = 0.10
"""Root mean square distance (0 … 1) of the drawn pixels at 16 × 16 below which a picture is a copy.

Calibrated on house-1: of 300 works of Open Clip Art, one in five comes nearer than this to a work by somebody
else that is no near-duplicate, and half come nearer than 0.21.
"""

COPY_COSINE, COPY_FEATURE_PIXELS = 0.80, 0.14
"""A picture is also a copy of a work with which it shares this much in image features and is that near in
pixels.
"""

INK = 0.93
"""Darkest channel (0 … 1) below which a pixel belongs to a drawing."""

LEAST_INK = 8.0
"""Pixels by which the distance is divided at least; fewer say nothing."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a picture comes to the works."""

    sha256: str
    """The work nearest in pixels, or its mirror image."""
    similarity: float
    """One minus their distance: 1 for the same picture."""
    copy: bool
    """Whether some work, this one or another, is so near that the picture must not be delivered."""


class CopyGuard:
    """Compares pictures with all works of a release, and with their mirror images."""

    def __init__(self, works: ReleaseWorks, features: EffnetFeatures) -> None:
        self._works = works
        self._project = make_projector(works, features)
        self._pixels = _tiny(works.small)
        self._ink = self._pixels.min(axis=2) < INK

    def judge(self, picture: NDArray[np.uint8], excused: NDArray[np.bool_] | None = None) -> Nearness | None:
        """The nearest work to a picture (h, w, 3); None where the picture is blank.

        ``excused`` (N,) are works that do not make it a copy: those that the buyer's own picture copies.
        """
        found = self._compare(picture)
        if found is None:
            return None
        distance, copies = found
        nearest = int(distance.argmin())
        digest = self._works.entries[nearest].sha256
        copy = bool(copies.any() if excused is None else (copies & ~excused).any())
        return Nearness(digest, 1.0 - float(distance[nearest]), copy)

    def copied(self, picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """(N,) the works of which a picture (h, w, 3) is a copy; none where it is blank."""
        found = self._compare(picture)
        return np.zeros(len(self._works.entries), dtype=np.bool_) if found is None else found[1]

    def _compare(self, picture: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.bool_]] | None:
        """Distances (N,) from the works and which of them it copies (N,); None where it is blank."""
        image = Image.fromarray(picture)
        framed = frame(image)
        if framed is None:
            return None
        sides = [shrink(framed.large[None]), shrink(framed.large[None, :, ::-1])]
        distance = np.minimum(*(self._distances(_tiny(side)[0]) for side in sides))
        cosine = (self._project([image]) @ self._works.image.T)[0]
        copies = (distance < COPY_PIXELS) | ((cosine > COPY_COSINE) & (distance < COPY_FEATURE_PIXELS))
        return distance, copies

    def _distances(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Distances (N,) of a picture (256, 3) from the works, over the pixels that either of them draws."""
        drawn = self._ink | (pixels.min(axis=1) < INK)
        squared = ((self._pixels - pixels) ** 2).mean(axis=2)
        mean = (squared * drawn).sum(axis=1) / np.maximum(drawn.sum(axis=1), LEAST_INK)
        distances: NDArray[np.float32] = np.sqrt(mean).astype(np.float32)
        return distances


def _tiny(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 32, 32, 3) in 0 … 255 → (n, 256, 3) in 0 … 1: means of 2 × 2 pixels."""
    half = SMALL // 2
    blocks: NDArray[np.float32] = small.reshape(len(small), half, 2, half, 2, 3).astype(np.float32)
    means: NDArray[np.float32] = blocks.mean(axis=(2, 4)).reshape(len(small), half * half, 3)
    return means / np.float32(255.0)
