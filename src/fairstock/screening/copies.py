"""How alike two pictures are: hashes, features, and a pixel comparison that settles it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairstock.screening.model import Likeness, Observation, ObservationKind

DETECTOR = "catalogue-copies"
VERSION = "1"
_SIDE = 64
_LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sketches laid on each other, in the direction that fits better."""

    difference: float
    """Mean absolute difference of all channels, 0 to 1."""
    mirrored: bool
    contrast: float
    """The smaller standard deviation of brightness, 0 to 1."""


def compare(one: bytes, other: bytes) -> Comparison:
    """Compare two sketches (64 × 64 RGB, 12,288 bytes each) straight and mirrored."""
    first, second = _pixels(one), _pixels(other)
    straight = float(np.abs(first - second).mean())
    turned = float(np.abs(first[:, ::-1] - second).mean())
    contrast = min(float((first @ _LUMA).std()), float((second @ _LUMA).std()))
    return Comparison(min(straight, turned), turned < straight, contrast)


def _pixels(sketch: bytes) -> NDArray[np.float64]:
    return np.frombuffer(sketch, dtype=np.uint8).reshape(_SIDE, _SIDE, 3).astype(np.float64) / 255.0


def observation(likeness: Likeness) -> Observation:
    """A likeness as an observation, its numbers rounded so that stored evidence reads well."""
    evidence = {
        "title": likeness.title,
        "relation": likeness.relation,
        "exact": likeness.exact,
        "mirrored": likeness.mirrored,
        "phash_distance": likeness.phash_distance,
        "cosine": round(likeness.cosine, 4),
        "difference": round(likeness.difference, 4),
        "contrast": round(likeness.contrast, 4),
    }
    return Observation(ObservationKind.COPY, likeness.asset_id, evidence, DETECTOR, VERSION)
