"""How often each work is drawn in training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.house_model.captions import stems

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
