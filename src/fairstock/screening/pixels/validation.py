"""Scores of pictures by models that never saw their source: the only figures that count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fairstock.screening.pixels.fitting import Recipe, shaped, solve
from fairstock.screening.pixels.model import Array


def left_out_scores(
    features: Mapping[str, Array],
    generated: NDArray[np.bool_],
    sources: Sequence[str],
    groups: Sequence[str],
    recipe: Recipe,
) -> Array:
    """For each of n rows its score by a head fitted to all rows of other groups, shape (n,).

    Blocks and kernel are set once on all pictures without their labels; weights are fitted anew for each
    group. Heads of different groups are made comparable by nothing: shifts between them count as errors.
    """
    head = shaped(features, recipe)
    waves = head.waves(features)
    names, owners = np.asarray(sources), np.asarray(groups)
    scores = np.zeros(len(generated), dtype=np.float32)
    for group in np.unique(owners):
        out = owners == group
        kept = solve(head, waves[~out], generated[~out], names[~out].tolist(), recipe.penalty)
        scores[out] = waves[out] @ kept.weights + kept.bias
    return scores
