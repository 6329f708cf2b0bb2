"""Near-duplicates among works, and how often each work is drawn in training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.house_model.captions import stems

ALIKE = 0.82
"""Cosine of image features above which two works with near pixels are near-duplicates."""

SURELY_ALIKE = 0.97
"""The same, whatever the pixels."""

NEAR_PIXELS = 0.15
"""Root mean square distance at 16 × 16 (0 … 1) that counts as near pixels."""

SAME_PIXELS = 0.045
"""The same distance, whatever the features."""

COMMON_SUBJECTS = frozenset(
    [
        "apple", "arrow", "banana", "bird", "button", "car", "cat", "cherry", "cloud", "dog", "face",
        "fish", "flag", "flower", "folder", "fruit", "heart", "house", "leaf", "lemon", "moon", "orange",
        "pear", "rose", "smile", "smiley", "star", "strawberry", "sun", "tree", "tulip",
    ]
)  # fmt: skip
"""Words that buyers of clip art ask for most."""

EMPHASIS = 4.0
"""How much more often works that carry such a word are drawn."""

CONTRIBUTOR_CAP, FOLDER_CAP = 0.04, 0.04
"""No contributor and no folder is drawn more often than this share."""


def near_duplicates(features: NDArray[np.float32], small: NDArray[np.uint8]) -> NDArray[np.int64]:
    """A cluster number per work, from unit features (n, d) and pictures (n, 32, 32, 3) of ``views.bare``;
    mirror images count as alike.

    The thresholds are a compromise, measured on the 464 works of the demo library (``fairstock bench
    gaming``): of ten disguised copies 0.2 on average found a cluster of their own; with 0.90 and 0.10 it were
    0.6, and the library itself had 422 clusters instead of 401.
    """
    count = len(features)
    tiny = small.reshape(count, 16, 2, 16, 2, 3).astype(np.float32).mean(axis=(2, 4)) / 255.0
    flat, mirrored = tiny.reshape(count, -1), tiny[:, :, ::-1].reshape(count, -1)
    pairs = [
        _pairs(features, flat, mirrored, start, min(start + 512, count)) for start in range(0, count, 512)
    ]
    rows, columns = np.concatenate(pairs, axis=1) if pairs else np.zeros((2, 0), dtype=np.int64)
    return _components(count, rows, columns)


def _pairs(
    features: NDArray[np.float32],
    flat: NDArray[np.float32],
    mirrored: NDArray[np.float32],
    start: int,
    stop: int,
) -> NDArray[np.int64]:
    """Pairs (2, p) of near-duplicates whose first work lies in ``start … stop``."""
    cosine = features[start:stop] @ features.T
    distance = np.minimum(pixel_distance(flat[start:stop], flat), pixel_distance(flat[start:stop], mirrored))
    alike = (cosine > SURELY_ALIKE) | ((cosine > ALIKE) & (distance < NEAR_PIXELS)) | (distance < SAME_PIXELS)
    rows, columns = np.nonzero(alike)
    return np.stack([rows + start, columns]).astype(np.int64)


def _components(count: int, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers (count,) of the connected components of an undirected graph, from 0 in the order of their
    first node.
    """
    labels = np.arange(count)
    while True:
        lower = labels.copy()
        np.minimum.at(lower, rows, labels[columns])
        np.minimum.at(lower, columns, labels[rows])
        lower = lower[lower]
        if np.array_equal(lower, labels):
            return np.unique(labels, return_inverse=True)[1].astype(np.int64)
        labels = lower


def pixel_distance(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Root mean square distances (l, r) between rows of two arrays of pixels in 0 … 1."""
    squared = (left**2).sum(1)[:, None] + (right**2).sum(1)[None, :] - 2.0 * left @ right.T
    distance: NDArray[np.float32] = np.sqrt(np.maximum(squared, 0.0) / left.shape[1])
    return distance


def sampling_weights(
    clusters: NDArray[np.int64], captions: Sequence[str], contributors: Sequence[str], folders: Sequence[str]
) -> NDArray[np.float64]:
    """Probability of drawing each work: even over clusters, common subjects more often, contributors and
    folders capped.
    """
    weights = 1.0 / np.sqrt(np.bincount(clusters)[clusters] ** 1.6)
    common = np.array([bool(stems(caption.split()) & COMMON_SUBJECTS) for caption in captions])
    weights = np.where(common, EMPHASIS * weights, weights)
    for _ in range(20):
        for labels, cap in ((contributors, CONTRIBUTOR_CAP), (folders, FOLDER_CAP)):
            weights = _capped(weights, labels, cap)
    weights = weights / weights.sum()
    return np.asarray(weights, dtype=np.float64)


def _capped(weights: NDArray[np.float64], labels: Sequence[str], cap: float) -> NDArray[np.float64]:
    """Scale down the groups that hold more than ``cap`` of all; few groups cannot be capped below an even
    share.
    """
    _, group = np.unique(np.asarray(labels), return_inverse=True)
    shares = np.bincount(group, weights=weights) / weights.sum()
    limit = max(cap, 1.0 / len(shares))
    factor = np.minimum(1.0, limit / np.maximum(shares, 1e-12))
    return np.asarray(weights * factor[group], dtype=np.float64)
