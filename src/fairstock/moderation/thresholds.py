"""From which score a prompt is refused, looked at by a person, or let through against a rule.

Set on prompts that the model did not see, so that of each family of harmless ones few enough are refused.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fairstock.kit.rates import upper_bound
from fairstock.moderation.classifier import SHORT
from fairstock.moderation.phrases import tokenise
from fairstock.moderation.prepared import BY_HAND, OWN_WEIGHT, Prepared

GREY = 2.0
"""A person looks at this many times as many harmless prompts as may be refused."""
CONFIDENCE = 0.9
"""How sure a bound on harmless prompts shall be, from prompts that were left out (Clopper and Pearson)."""
RULES_ALONE = 0.001
"""Harmless prompts that rules may refuse although the classifier, by itself, would not."""
SHORT_BOUND = 0.02
"""Share of short harmless prompts that may be refused."""


def thresholds(
    data: Prepared, unseen: NDArray[np.float64], bounds: Mapping[str, float], bound: float
) -> tuple[float, float, float]:
    """Where to refuse, where to ask a person, and below what a rule alone does not refuse."""
    families = np.array([each.source.split("/")[0] for each in data.examples])
    harmless = np.array([not each.block for each in data.examples])
    named = sorted(set(families))
    tested = [name for name in named if name not in OWN_WEIGHT] or named
    block_at = review_at = -1.0
    for family in tested:
        mine = harmless & (families == family)
        if mine.any():
            most = _most_refused(int(mine.sum()), bounds.get(family, bound))
            ranked = np.sort(unseen[mine & ~data.refused])[::-1]
            left = max(0, most - int(np.count_nonzero(mine & data.refused)))
            block_at = max(block_at, _above(ranked, left))
            review_at = max(review_at, _above(ranked, int(GREY * left)))
    doubtful = harmless & np.isin(families, tested) & data.ruled & (unseen < block_at)
    allowed = int(RULES_ALONE * np.count_nonzero(harmless & np.isin(families, tested)))
    veto_below = _above(np.sort(unseen[doubtful])[::-1], allowed)
    return block_at, min(review_at, block_at), min(veto_below, block_at)


def short_threshold(data: Prepared, unseen: NDArray[np.float64]) -> float:
    """Where to refuse short prompts: of the harmless ones written by hand at most ``SHORT_BOUND`` are, rules
    counted in.
    """
    mine = np.array([not each.block and each.source in BY_HAND for each in data.examples])
    mine &= np.array([len(tokenise(each.prompt)) < SHORT for each in data.examples])
    left = max(0, int(SHORT_BOUND * mine.sum()) - int(np.count_nonzero(mine & data.refused)))
    return _above(np.sort(unseen[mine & ~data.refused])[::-1], left)


def _above(ranked: NDArray[np.float64], allowed: int) -> float:
    """A threshold that ``allowed`` of the falling scores reach, and no more; −1 where all may."""
    return float(ranked[allowed]) + 1e-6 if ranked.size > allowed else -1.0


def _most_refused(prompts: int, bound: float) -> int:
    """How many of ``prompts`` unseen ones may be refused for a share surely under ``bound``.

    Where even none is too many to be sure, as many as the bound itself says.
    """
    upper = [upper_bound(k, prompts, CONFIDENCE) for k in range(int(bound * prompts) + 1)]
    sure = sum(value <= bound for value in upper)
    return sure - 1 if sure else int(bound * prompts)
