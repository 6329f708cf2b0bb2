"""What k of n says about the rate behind it, exactly (Clopper and Pearson 1934)."""

from __future__ import annotations

CONFIDENCE = 0.95


def upper_bound(k: int, n: int, confidence: float = CONFIDENCE) -> float:
    """The largest rate at which ``k`` or fewer of ``n`` still have a chance of 1 - ``confidence``.

    1 without trials or where all were hits.
    """
    return 1.0 if k >= n else _quantile(k + 1, n - k, confidence)


def lower_bound(k: int, n: int, confidence: float = CONFIDENCE) -> float:
    """The smallest rate at which ``k`` or more of ``n`` still have a chance of 1 - ``confidence``; 0 without
    hits.
    """
    return 0.0 if k <= 0 else _quantile(k, n - k + 1, 1.0 - confidence)


def interval(k: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact two-sided interval: each end by itself errs with half of 1 - ``confidence``."""
    one_sided = (1.0 + confidence) / 2.0
    return lower_bound(k, n, one_sided), upper_bound(k, n, one_sided)


def _quantile(a: int, b: int, share: float) -> float:
    """Of a beta distribution."""
    from scipy.special import betaincinv  # noqa: PLC0415 - a command that bounds nothing should not wait for it

    return float(betaincinv(a, b, share))
