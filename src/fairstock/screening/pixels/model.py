"""What the look at pixels knows and says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Block:
    """How one kind of features is brought into shape."""

    centre: Array
    """Subtracted, shape (d,)."""
    scale: Array
    """Then divided by, and held within ±5, shape (d,)."""
    basis: Array
    """Then projected on, shape (d, k); the gain of the block is in it."""

    def shape(self, features: Array) -> Array:
        """Features of shape (n, d) as (n, k)."""
        return np.asarray(np.clip((features - self.centre) / self.scale, -5.0, 5.0) @ self.basis)


@dataclass(frozen=True, slots=True)
class Head:
    """A smooth score over blocks of features: the further above zero, the more like a generator's.

    Kernel ridge regression with a Gaussian kernel, the kernel by random cosines (Rahimi and Recht 2007).
    """

    blocks: Mapping[str, Block]
    frequencies: Array
    """Shape (k of all blocks, m)."""
    phases: Array
    """Shape (m,)."""
    weights: Array
    """Shape (m,)."""
    bias: float

    def waves(self, features: Mapping[str, Array]) -> Array:
        """The cosines, shape (n, m), of blocks of features of shape (n, d) each."""
        shaped = np.hstack([block.shape(features[name]) for name, block in self.blocks.items()])
        waves = np.cos(shaped @ self.frequencies + self.phases) * np.sqrt(2.0 / len(self.phases))
        return np.asarray(waves, dtype=np.float32)

    def score(self, features: Mapping[str, Array]) -> Array:
        """Scores of shape (n,)."""
        return np.asarray(self.waves(features) @ self.weights + self.bias, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What scores mean, measured on pictures of sources that the scoring model had not seen."""

    slope: float
    offset: float
    """``ai_score`` is the logistic function of slope · score + offset, were both kinds equally common."""
    human: Array
    """Scores of human calibration pictures in rising order."""
    wanted: float
    """Largest share of human pictures that may be suspected, as asked for."""
    threshold: float
    """Pictures whose score is at least this are suspected."""
    n: int
    """Human pictures that the threshold was set on."""
    k: int
    """How many of them reach it."""
    upper: float
    """Exact upper bound (Clopper-Pearson) of the true share, at ``confidence``."""
    confidence: float


@dataclass(frozen=True, slots=True)
class Cascade:
    """A cheap look decides where the dear model is asked; all together are what is calibrated."""

    asking: Head
    """Scores what is made by a machine or painted by hand above photographs and clip art: the cheap model
    doubts the one, and is not to be trusted about the other.
    """
    gate: float
    """Pictures whose ``asking`` score is below this are not looked at by the dear model."""
    slope: float
    offset: float
    """Their score: offset + slope · cheap score, what the dear model says of such pictures on average."""

    def asks(self, features: Mapping[str, Array]) -> NDArray[np.bool_]:
        """Which of n pictures the dear model is to see."""
        return np.asarray(self.asking.score(features) >= self.gate)

    def joined(self, asked: NDArray[np.bool_], cheap: Array, dear: Array) -> Array:
        """Scores of n pictures from both; ``dear`` counts only where it was asked."""
        return np.where(asked, dear, self.offset + self.slope * cheap).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the pixels of one picture say."""

    ai_score: float
    """0 to 1: the share of AI pictures among pictures of this score, were both kinds equally common."""
    tail: float
    """(k + 1) / (n + 1), k of n human calibration pictures scoring at least so high."""
    suspected: bool
    """Whether the score reaches the calibrated threshold."""
    where: Sequence[tuple[float, float, float, float]]
    """For suspicious pictures the parts that speak most for a generator, as fractions of the picture: left,
    top, width, height; empty for others.
    """
    model: str
    """Version of the model."""
