"""From weights to shares that sum to exactly one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from fairstock.attribution.model import WHOLE
from fairstock.kit.errors import Inconsistent
from fairstock.kit.money import Money, split


class BadWeight(Inconsistent):
    """An attribution method gave a weight that is no share of anything."""

    def __init__(self, work: str, weight: float) -> None:
        self.work, self.weight = work, weight
        super().__init__(
            f"The attribution method weighed the work {work} with {weight!r}.",
            remedy="correct the method: weights are finite and not below zero, each work at most once",
        )


def to_shares(weights: Iterable[tuple[str, float]]) -> dict[str, int]:
    """Shares in ppb by work that sum to exactly ``WHOLE``, in ascending order of the work; {} where no weight
    is above 0.

    Weights count as the exact binary fractions that they are. Largest remainder, ties by work; a work of
    weight zero has no share, and neither has one too light for a single ppb. Raises ``BadWeight``.
    """
    exact: dict[str, Fraction] = {}
    for work, weight in weights:
        if not math.isfinite(weight) or weight < 0 or work in exact:
            raise BadWeight(work, weight)
        exact[work] = Fraction(weight)
    if not any(exact.values()):
        return {}
    scale = math.lcm(*(weight.denominator for weight in exact.values()))
    whole_weights = {work: int(weight * scale) for work, weight in exact.items()}
    parts = split(
        Money(WHOLE, "XXX"), whole_weights
    )  # the one place that divides exactly; XXX is "no currency"
    return {work: part.micros for work, part in parts.items() if part}
