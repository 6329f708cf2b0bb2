"""A sequential test over one account's pictures: one says little, fifty say much.

Each picture has a conformal p-value from the pixel detector (``tail``: the share of human calibration
pictures that look at least so machine-made). Under independence a product of bets on small p-values would be
an e-process, but one person's pictures are alike: a painter whose style looks machine-made has small p-values
in ALL pictures, and such a product would convict them for sure. So the null hypothesis is not about pictures
but about people: an account's p-values are drawn around a style of its own, and the styles of honest people
vary as they did in the calibration accounts.

With x = -log p, pictures of one account are Exponential(rate s), and the style s is Gamma distributed: among
honest accounts as ``human`` says, among machine-run ones as ``machine``. The evidence after t pictures is

    E(t) = P(x1 … xt | machine) / P(x1 … xt | human),     P = b^a Γ(a+t) / (Γ(a) (b + x1+…+xt)^(a+t)).

E is a martingale for an account drawn from the honest population, so by Ville's inequality the chance that it
EVER reaches 1/alpha is at most alpha, whatever the number of looks and whenever one stops; the order in which
an account's own pictures come does not matter to it. However many pictures come, one style's evidence is
bounded by how rare that style is among honest people: an unusual painter is not convicted by diligence.
An account that is taken over later is found by the same evidence counted from a later start, with the chance
alpha shared among the starts (``_share``). How the numbers are learnt, and what the bound rests on: see
``account_rule`` and DECISIONS.md. The result leads people to an account and is never a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairstock.kit.errors import BadInput

Floats = NDArray[np.float64]

LEAST_TAIL = 1e-6
"""Smaller p-values count as this one: no calibration set is large enough to tell more."""
STRIDE = 50
"""A later start of the evidence is tried after each so many pictures."""


class BadTail(BadInput):
    """A p-value is none."""

    def __init__(self, value: float) -> None:
        super().__init__(f"{value!r} is no p-value.", remedy="give numbers above 0 and up to 1")


@dataclass(frozen=True, slots=True)
class Styles:
    """How the styles of accounts vary: Gamma(shape, rate) over the rate of -log p; mean 1 is quite human."""

    shape: float
    rate: float

    def log_density(self, total: Floats, gammas: Floats) -> Floats:
        """Log density of 1, 2, … pictures whose -log p sum to ``total``, the style unknown.

        ``gammas`` is ``self.gammas`` of at least as many pictures: it does not depend on the pictures.
        """
        a, b = self.shape, self.rate
        count = np.arange(1, len(total) + 1, dtype=np.float64)
        return a * math.log(b) + gammas[: len(total)] - (a + count) * np.log(b + total)

    def gammas(self, pictures: int) -> Floats:
        """log Γ(a+t) - log Γ(a) for t = 1 … ``pictures``."""
        from scipy.special import gammaln  # noqa: PLC0415 - see kit.rates

        a = self.shape
        return np.asarray(gammaln(a + np.arange(1, pictures + 1)) - gammaln(a), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class AccountRule:
    """The calibrated test."""

    version: str
    model: str
    """Value of the ``pixels`` observations that it was calibrated on; empty: any."""
    human: Styles
    machine: Styles
    """Never more human than ``human`` at any style: shape at most, rate at least as large."""
    alpha: float
    """Largest share of honest accounts that may ever be flagged, under the model."""
    threshold: float
    """log10 of the evidence that flags: at least -log10(alpha), more where human accounts reached it."""

    def after(self, cleared: int) -> float:
        """The threshold, log10, for an account that staff cleared so many times.

        Each clearing halves what is left of the chance, so that all together stay below 2 alpha.
        """
        return self.threshold + cleared * math.log10(2.0)


@dataclass(frozen=True, slots=True)
class AccountPath:
    """An account's way through its pictures."""

    values: tuple[float, ...]
    """log10 of the evidence after each picture; 0 says nothing, 2 is a hundred to one."""
    threshold: float
    """log10 of the evidence that flags."""
    flagged_at: int | None
    """How many pictures had come when the threshold was first reached, 1 or more; None: never."""

    @property
    def flagged(self) -> bool:
        """Whether the threshold was ever reached."""
        return self.flagged_at is not None

    @property
    def highest(self) -> float:
        """Largest log10 of the evidence; 0 for an account without pictures."""
        return max(self.values, default=0.0)


def walk(tails: Sequence[float], rule: AccountRule, *, cleared: int = 0) -> AccountPath:
    """The evidence after each of an account's pictures, given their p-values in order of arrival.

    Appending a picture never changes the values before it. Raises BadTail for what is no p-value.
    """
    threshold = rule.after(cleared)
    values = evidence(surprises(tails), rule)
    reached = np.flatnonzero(values >= threshold)
    first = int(reached[0]) + 1 if reached.size else None
    return AccountPath(tuple(float(value) for value in values), threshold, first)


def evidence(surprise: Floats, rule: AccountRule) -> Floats:
    """log10 of the evidence after each picture, the best of all starts, each with its share of the chance."""
    best = np.full(len(surprise), -np.inf)
    made, human = rule.machine.gammas(len(surprise)), rule.human.gammas(len(surprise))
    for number, start in enumerate(range(0, len(surprise), STRIDE)):
        total = np.cumsum(surprise[start:])
        odds = rule.machine.log_density(total, made) - rule.human.log_density(total, human)
        best[start:] = np.maximum(best[start:], odds / math.log(10.0) + math.log10(_share(number)))
    return best


def _share(number: int) -> float:
    """The part of alpha that the evidence from start 0, 1, 2 … may use: 4/5, then 1/10, 1/30 …; in all 1."""
    return 0.8 if number == 0 else 0.2 / (number * (number + 1))


def surprises(tails: Sequence[float]) -> Floats:
    """-log p of each p-value."""
    given = np.asarray(tails, dtype=np.float64)
    wrong = given[~((given > 0.0) & (given <= 1.0))]
    if wrong.size:
        raise BadTail(float(wrong[0]))
    return -np.log(np.maximum(given, LEAST_TAIL))
