"""How alike two pictures are: hashes, features, and a pixel comparison that settles it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairstock.screening.model import Likeness, Observation, ObservationKind

DETECTOR = "catalogue-copies"
VERSION = "1"
_SIDE = 64
_GRID = 32
_BLOCKS = 8
_LEAST_VARIATION = 1e-6
_LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sketches laid on each other, in the direction that fits better."""

    difference: float
    """Mean absolute difference, relative to how much the two pictures vary themselves; 0 where equal."""
    worst_block: float
    """Mean absolute difference in the worst of 8 × 8 blocks, 0 to 1: a changed detail shows here."""
    mirrored: bool
    contrast: float
    """The smaller standard deviation of brightness, 0 to 1; near 0 the pictures are nearly empty."""


def compare(one: bytes, other: bytes) -> Comparison:
    """Compare two sketches (64 × 64 RGB, 12,288 bytes each) straight and mirrored, on a grid of 32 × 32.

    The coarser grid forgives the blur of a small copy. Measured on Open Clip Art: see ``policy.toml``.
    """
    first, second = _pixels(one), _pixels(other)
    straight, turned = _apart(first, second), _apart(first[:, ::-1], second)
    mirrored = float(turned.mean()) < float(straight.mean())
    apart = turned if mirrored else straight
    return Comparison(
        difference=float(apart.mean()) / max((_variation(first) + _variation(second)) / 2, _LEAST_VARIATION),
        worst_block=float(apart.reshape(_BLOCKS, -1, _BLOCKS, _GRID // _BLOCKS).mean(axis=(1, 3)).max()),
        mirrored=mirrored,
        contrast=min(float((first @ _LUMA).std()), float((second @ _LUMA).std())),
    )


def _pixels(sketch: bytes) -> NDArray[np.float64]:
    """The sketch averaged to the grid: (32, 32, 3) in 0…1."""
    pixels = np.frombuffer(sketch, dtype=np.uint8).reshape(_GRID, _SIDE // _GRID, _GRID, _SIDE // _GRID, 3)
    means: NDArray[np.float64] = pixels.mean(axis=(1, 3), dtype=np.float64) / 255.0
    return means


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Absolute difference of each cell, averaged over the colours: (32, 32)."""
    means: NDArray[np.float64] = np.abs(one - other).mean(axis=2)
    return means


def _variation(pixels: NDArray[np.float64]) -> float:
    """Mean distance from the picture's own median colour."""
    return float(np.abs(pixels - np.median(pixels, axis=(0, 1))).mean())


def observation(likeness: Likeness) -> Observation:
    """A likeness as an observation, its numbers rounded so that stored evidence reads well."""
    evidence = {
        "title": likeness.title,
        "relation": likeness.relation,
        "exact": likeness.exact,
        "mirrored": likeness.mirrored,
        "phash_distance": likeness.phash_distance,
        "cosine": round(likeness.cosine, 4),
        "aspect": round(likeness.aspect, 4),
        "difference": round(likeness.difference, 4),
        "worst_block": round(likeness.worst_block, 4),
        "contrast": round(likeness.contrast, 4),
    }
    return Observation(ObservationKind.COPY, likeness.asset_id, evidence, DETECTOR, VERSION)
