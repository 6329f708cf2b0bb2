"""How well scores tell AI pictures from human ones."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from fairstock.screening.pixels.model import Array


def auc(scores: Array, generated: NDArray[np.bool_]) -> float:
    """Chance that an AI picture scores above a human one, ties half; NaN where a kind is missing."""
    positives = int(generated.sum())
    negatives = len(generated) - positives
    if not positives or not negatives:
        return math.nan
    ranks = float(rankdata(scores)[generated].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def found_at(scores: Array, generated: NDArray[np.bool_], false_rate: float) -> float:
    """Share of AI pictures above the threshold that at most ``false_rate`` of the human ones exceed."""
    human = np.sort(scores[~generated])[::-1]
    if not len(human) or not generated.any():
        return math.nan
    threshold = human[min(int(false_rate * len(human)), len(human) - 1)]
    return float((scores[generated] > threshold).mean())
