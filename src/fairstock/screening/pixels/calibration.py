"""Turns raw scores into probabilities and error rates that hold with a stated confidence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairstock.kit.errors import BadInput
from fairstock.kit.rates import upper_bound
from fairstock.screening.pixels.model import Array, Calibration


class TooFewCases(BadInput):
    """Too few pictures to say anything about a rate."""

    def __init__(self, kind: str, found: int, needed: int) -> None:
        super().__init__(
            f"{found} {kind} pictures are too few for this calibration, {needed} are needed.",
            remedy="add sources to the cases, or ask for a larger rate",
        )


def tail(score: float, human: Array) -> float:
    """(k + 1) / (n + 1), where k of n sorted human scores are at least ``score``.

    For a human picture drawn like the calibration pictures this is a valid p-value: it is at most t with
    probability at most t.
    """
    k = len(human) - int(np.searchsorted(human, score, side="left"))
    return (k + 1) / (len(human) + 1)


def calibrate(
    scores: Array, generated: NDArray[np.bool_], *, wanted: float = 0.05, confidence: float = 0.95
) -> Calibration:
    """The calibration on left-out ``scores``, with the lowest threshold that keeps ``wanted`` for sure.

    Raises TooFewCases where not even the highest score would keep the bound.
    """
    human = np.sort(scores[~generated]).astype(np.float32)
    n = len(human)
    if not generated.any():
        raise TooFewCases("AI", 0, 1)
    needed = next(size for size in range(1, 10**6) if upper_bound(0, size, confidence) <= wanted)
    if n < needed:
        raise TooFewCases("human", n, needed)
    allowed = max(k for k in range(n) if upper_bound(k, n, confidence) <= wanted)
    threshold = float(np.nextafter(human[n - 1 - allowed], np.float32(np.inf)))
    k = int((human >= threshold).sum())
    slope, offset = _platt(scores, generated)
    bound = upper_bound(k, n, confidence)
    return Calibration(slope, offset, human, wanted, threshold, n, k, bound, confidence)


def probability(score: float, calibration: Calibration) -> float:
    """The calibrated share of AI pictures at ``score``, 0 to 1."""
    return float(1.0 / (1.0 + np.exp(-np.clip(calibration.slope * score + calibration.offset, -30.0, 30.0))))


def _platt(scores: Array, generated: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope (never negative) and offset of a logistic curve, both kinds weighing the same (Platt 1999)."""
    from scipy import optimize  # noqa: PLC0415 - for calibrating only, see kit.rates

    weight = np.where(generated, 0.5 / generated.sum(), 0.5 / (~generated).sum())
    spread = float(scores.std()) or 1.0
    side = np.where(generated, 1.0, -1.0)

    def loss(curve: NDArray[np.float64]) -> float:
        return float(weight @ np.logaddexp(0.0, -side * (np.exp(curve[0]) * scores / spread + curve[1])))

    best = optimize.minimize(loss, np.zeros(2), method="Nelder-Mead").x
    return float(np.exp(best[0])) / spread, float(best[1])
