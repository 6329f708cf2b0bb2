"""How alike two pictures are: hashes, features, and a pixel comparison that settles it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairstock.screening.model import Laid, Likeness, Observation, ObservationKind

DETECTOR = "catalogue-copies"
VERSION = "3"
_SIDE = 64
_GRID = 32
_BLOCKS = 8
_LEAST_VARIATION = 1e-6
_TURNED = 1.0
"""Degrees from which a picture is called turned."""
_WHOLE = 0.9
"""Share from which a picture is called whole."""
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
    if likeness.laid is not None:
        evidence |= laid_evidence(likeness.laid)
    return Observation(ObservationKind.COPY, likeness.asset_id, evidence, DETECTOR, VERSION)


def laid_evidence(laid: Laid) -> dict[str, Any]:
    """The position in numbers and words; the rules of the policy name these."""
    return {
        "change": change(laid),
        "agreement": round(laid.agreement, 4),
        "kept": round(laid.kept, 4),
        "kept_corners": round(laid.kept_corners, 4),
        "blocks": round(laid.blocks, 2),
        "corners": round(laid.corners, 2),
        "of_work": round(laid.of_work, 4),
        "of_upload": round(laid.of_upload, 4),
        "laid_mirrored": laid.mirrored,
        "degrees": round(laid.degrees, 1),
        "size": round(laid.size, 3),
        "box": [round(share, 4) for share in laid.box],
    }


def change(laid: Laid) -> str:
    """What was done to the work, in words: “mirrored, turned by 5 degrees, cut to 49 % of it”."""
    said = ["mirrored"] if laid.mirrored else []
    if abs(laid.degrees) >= _TURNED:
        said.append(f"turned by {abs(laid.degrees):.0f} degrees")
    if laid.of_work < _WHOLE:
        said.append(f"cut to {100 * laid.of_work:.0f} % of it")
    if laid.of_upload < _WHOLE:
        said.append("set into a frame")
    return ", ".join(said) or "hardly changed"
