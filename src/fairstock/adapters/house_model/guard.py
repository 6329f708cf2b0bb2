"""Is a fresh picture a copy of a training work? The same measure that finds near-duplicates among the
works.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.adapters.house_model.clusters import pixel_distance
from fairstock.adapters.house_model.pictures import SMALL, frame, shrink
from fairstock.adapters.house_model.release import ReleaseWorks, make_projector

COPY_COSINE, COPY_PIXELS = 0.80, 0.10
"""Nearer than both to one work, in image features and in pixels at 16 × 16 (0 … 1), is a copy.

Calibrated on house-1: of 900 works of Open Clip Art, 1 % have a work by somebody else, no near-duplicate,
that near.
"""

SAME_PIXELS = 0.045
"""Nearer than this in pixels is a copy, whatever the features."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a picture comes to the works."""

    sha256: str
    """The work most like it in image features."""
    similarity: float
    """Their cosine."""
    copy: bool
    """Whether some work, this one or another, is so near that the picture must not be delivered."""


class CopyGuard:
    """Compares pictures with all works of a release, and with their mirror images."""

    def __init__(self, works: ReleaseWorks, features: EffnetFeatures) -> None:
        self._works = works
        self._project = make_projector(works, features)
        tiny = _tiny(works.small)
        self._flat, self._mirrored = tiny.reshape(len(tiny), -1), tiny[:, :, ::-1].reshape(len(tiny), -1)

    def judge(self, picture: NDArray[np.uint8]) -> Nearness | None:
        """The nearest work to a picture (h, w, 3); None where the picture is blank."""
        image = Image.fromarray(picture)
        framed = frame(image)
        if framed is None:
            return None
        cosine = (self._project([image]) @ self._works.image.T)[0]
        flat = _tiny(shrink(framed.large[None])).reshape(1, -1)
        distance = np.minimum(pixel_distance(flat, self._flat), pixel_distance(flat, self._mirrored))[0]
        copies = ((cosine > COPY_COSINE) & (distance < COPY_PIXELS)) | (distance < SAME_PIXELS)
        nearest = int(cosine.argmax())
        return Nearness(self._works.entries[nearest].sha256, float(cosine[nearest]), bool(copies.any()))


def _tiny(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 32, 32, 3) in 0 … 255 → (n, 16, 16, 3) in 0 … 1."""
    half = SMALL // 2
    blocks: NDArray[np.float32] = small.reshape(len(small), half, 2, half, 2, 3).astype(np.float32)
    means: NDArray[np.float32] = blocks.mean(axis=(2, 4)) / np.float32(255.0)
    return means
