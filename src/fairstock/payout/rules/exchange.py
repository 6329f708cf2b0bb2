"""What a balance is in another currency."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fairstock.kit.money import Money, split
from fairstock.payout.model import Rate


def converted(amount: Money, sourced: Mapping[str, int], rate: Rate) -> tuple[Money, dict[str, int]]:
    """``amount`` in the rate's target currency, and how much of that came from buyers of which country.

    The exact product is cut to a whole micro-unit, and so is the part of each country: nobody gets more than
    the rate gives, and no country's part grows. ``amount`` is above zero, ``sourced`` at most the amount
    together.
    """
    exact = Fraction(rate.value)
    target = Money(int(amount.micros * exact), rate.target_currency)
    return target, {country: int(micros * exact) for country, micros in sorted(sourced.items())}


def capped(sourced: Mapping[str, int], limit: Money) -> dict[str, int]:
    """The parts above zero, made smaller in proportion where together they exceed ``limit``.

    They can: income from one country stands beside refunds to buyers of another. What is left out stays to be
    counted with a later payment.
    """
    positive = {country: micros for country, micros in sorted(sourced.items()) if micros > 0}
    if sum(positive.values()) <= limit.micros:
        return positive
    shares = split(limit, positive)
    return {country: part.micros for country, part in shares.items() if part.micros > 0}
