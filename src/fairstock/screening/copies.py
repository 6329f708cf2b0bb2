"""How alike two pictures are: hashes, features, and a pixel comparison that settles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairstock.screening.model import Laid, Likeness, Observation, ObservationKind
from fairstock.screening.policy import Policy

DETECTOR = "catalogue-copies"
VERSION = "5"
_SIDE = 64
_GRID = 32
_BLOCKS = 8
_LEAST_VARIATION = 1e-6
_TURNED = 1.0
"""Degrees from which a picture is called turned."""
_WHOLE = 0.9
"""Share from which a picture is called whole."""
_MANY = 10
"""Local features from which they say how far two pictures agree."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_MEAN = np.full(3, 1 / 3, np.float32)
"""Of the three colours; a product with it is many times as quick as numpy's mean over a short axis."""


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
    return compare_many(one, [other])[0]


def compare_many(one: bytes, others: Sequence[bytes]) -> list[Comparison]:
    """The same with many at once, in their order."""
    if not others:
        return []
    first, rest = _pixels([one]), _pixels(others)
    straight, turned = np.abs(first - rest) @ _MEAN, np.abs(first[:, :, ::-1] - rest) @ _MEAN
    means = straight.mean(axis=(1, 2)), turned.mean(axis=(1, 2))
    mirrored = means[1] < means[0]
    apart = np.where(mirrored[:, None, None], turned, straight)
    varies = np.maximum((_variation(first) + _variation(rest)) / 2, _LEAST_VARIATION)
    blocks = apart.reshape(len(rest), _BLOCKS, _GRID // _BLOCKS, _BLOCKS, -1).mean(axis=(2, 4))
    contrast = np.minimum((first @ _LUMA).std(axis=(1, 2)), (rest @ _LUMA).std(axis=(1, 2)))
    rows = zip(
        (np.minimum(*means) / varies).tolist(),
        blocks.max(axis=(1, 2)).tolist(),
        mirrored.tolist(),
        contrast.tolist(),
        strict=True,
    )
    return [Comparison(*row) for row in rows]


def _pixels(sketches: Sequence[bytes]) -> NDArray[np.float32]:
    """Sketches averaged to the grid: (n, 32, 32, 3) in 0…1."""
    levels = np.frombuffer(b"".join(sketches), np.uint8).reshape(len(sketches), _SIDE, _SIDE, 3)
    levels = levels.astype(np.uint16)
    across = levels[:, :, ::2] + levels[:, :, 1::2]
    means: NDArray[np.float32] = (across[:, ::2] + across[:, 1::2]).astype(np.float32) / np.float32(4 * 255)
    return means


def _variation(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean distance from each picture's own median colour."""
    flat = pixels.reshape(len(pixels), -1, 3).transpose(0, 2, 1)
    half = flat.shape[2] // 2
    middle = np.partition(flat, half, axis=2)[:, None, None, :, half]
    distance: NDArray[np.float32] = (np.abs(pixels - middle) @ _MEAN).mean(axis=(1, 2))
    return distance


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


def agreement_of(laid: Laid) -> float:
    """How far two pictures agree where one lies on the other: all that shows anything, what of the work is
    not written over, or the work's features where there are many.
    """
    features = laid.feature_cells if laid.features >= _MANY else 0.0
    return max(laid.agreement, laid.kept, features)


def is_noted(laid: Laid | None, policy: Policy) -> bool:
    """Whether a position is worth noting; the policy's rules say what it means."""
    return laid is not None and (
        max(laid.agreement, laid.kept) >= policy.noted_agreement or laid.features >= policy.noted_features
    )


def laid_evidence(laid: Laid) -> dict[str, Any]:
    """The position in numbers and words; the rules of the policy name these."""
    return {
        "change": change(laid),
        "agreement": round(laid.agreement, 4),
        "kept": round(laid.kept, 4),
        "kept_corners": round(laid.kept_corners, 4),
        "blocks": round(laid.blocks, 2),
        "corners": round(laid.corners, 2),
        "told": round(laid.told, 2),
        "apart": round(laid.apart, 4),
        "features": laid.features,
        "features_of_work": round(laid.features_of_work, 3),
        "features_of_upload": round(laid.features_of_upload, 3),
        "feature_cells": round(laid.feature_cells, 3),
        "features_missing": round(laid.features_missing, 2),
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
