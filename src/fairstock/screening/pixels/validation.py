"""Scores of pictures by models that never saw their source: the only figures that count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairstock.screening.pixels.fitting import Kinds, Recipe, shaped, solve
from fairstock.screening.pixels.model import Array


@dataclass(frozen=True, slots=True)
class Strangers:
    """Pictures that nothing is fitted to, but that are scored."""

    features: Mapping[str, Array]
    groups: Sequence[str]
    """For each of them the group that no head may have seen which scores it."""


def left_out_scores(
    features: Mapping[str, Array],
    kinds: Kinds,
    sources: Sequence[str],
    groups: Sequence[str],
    recipe: Recipe,
    *,
    strangers: Strangers | None = None,
) -> tuple[Array, Array]:
    """For each of n rows its score by a head fitted to all rows of other groups, shape (n,); then the scores
    of m ``strangers`` in the same way, shape (m,): no head is fitted to them.

    Blocks and kernel are set once on all pictures without their labels; weights are fitted anew for each
    group. Heads of different groups are made comparable by nothing: shifts between them count as errors.
    """
    head = shaped(features, recipe)
    waves = head.waves(features)
    names, owners = np.asarray(sources), np.asarray(groups)
    homes = np.asarray(strangers.groups if strangers else ())
    apart = head.waves(strangers.features) if strangers else np.zeros((0, len(head.phases)), dtype=np.float32)
    scores, other = np.zeros(len(kinds), dtype=np.float32), np.zeros(len(apart), dtype=np.float32)
    for group in np.unique([*owners.tolist(), *homes.tolist()]):
        out = owners == group
        kept = solve(head, waves[~out], kinds[~out], names[~out].tolist(), recipe.penalty)
        scores[out] = waves[out] @ kept.weights + kept.bias
        other[homes == group] = apart[homes == group] @ kept.weights + kept.bias
    return scores, other
