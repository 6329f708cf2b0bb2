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
VERSION = "6"
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
_LEVELS = 4 * 255
"""Levels of a place of the grid: the sum of four pixels."""

Planes = NDArray[np.int16]


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
    """The same with many at once, in their order: in whole numbers, plane by plane, in half the time."""
    if not others:
        return []
    first, rest = _pixels([one]), _pixels(others)
    straight, turned = np.abs(first - rest), np.abs(first[..., ::-1] - rest)
    sums = _total(straight), _total(turned)
    mirrored = sums[1] < sums[0]
    apart = np.where(mirrored[:, None, None, None], turned, straight)
    varies = np.maximum((_variation(first) + _variation(rest)) / 2, _LEAST_VARIATION)
    blocks = apart.reshape(len(rest), 3, _BLOCKS, -1, _GRID).sum(axis=(1, 3), dtype=np.int32)
    blocks = blocks.reshape(len(rest), _BLOCKS, _BLOCKS, -1).sum(axis=3)
    rows = zip(
        (np.minimum(*sums) / (_LEVELS * first.size) / varies).tolist(),
        (blocks.max(axis=(1, 2)) / (_LEVELS * first.size / _BLOCKS**2)).tolist(),
        mirrored.tolist(),
        np.minimum(_contrast(first), _contrast(rest)).tolist(),
        strict=True,
    )
    return [Comparison(*row) for row in rows]


def _pixels(sketches: Sequence[bytes]) -> Planes:
    """Sketches averaged to the grid: (n, 3, 32, 32) in 0…1,020."""
    levels = np.frombuffer(b"".join(sketches), np.uint8).reshape(len(sketches), _SIDE, _GRID, 6)
    rows = levels[:, ::2].astype(np.int16)
    rows += levels[:, 1::2]
    return np.ascontiguousarray(np.moveaxis(rows[..., :3] + rows[..., 3:], -1, 1))


def _total(planes: Planes) -> NDArray[np.int64]:
    total: NDArray[np.int64] = planes.reshape(len(planes), -1).sum(axis=1, dtype=np.int64)
    return total


def _variation(pixels: Planes) -> NDArray[np.float64]:
    """Mean distance from each picture's own median colour, 0…1: what is above it against what is below."""
    levels, half = np.sort(pixels.reshape(len(pixels), 3, -1), axis=2), pixels[0, 0].size // 2
    apart = _total(levels[..., half:]) - _total(levels[..., :half])
    distance: NDArray[np.float64] = apart / (_LEVELS * pixels[0].size)
    return distance


def _contrast(pixels: Planes) -> NDArray[np.float32]:
    """Standard deviation of brightness, 0…1."""
    bright = np.einsum("c,ncp->np", _LUMA, pixels.reshape(len(pixels), 3, -1).astype(np.float32))
    contrast: NDArray[np.float32] = bright.std(axis=1) / np.float32(_LEVELS)
    return contrast


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
        "colours": round(laid.colours, 4),
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
