"""Pure rules of access: secrets, rates, budgets. Rates follow the generic cell rate algorithm (ITU-T I.371),
whose whole state is one moment per limit.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil

from fairstock.access.model import Allowance
from fairstock.kit.errors import BadInput, Forbidden
from fairstock.kit.money import CurrencyMismatch, Money

MINUTE = timedelta(minutes=1)
PREFIX = "fsk-"
"""Begins every secret, so that scanners of leaked secrets can find it."""
_SECRET_BYTES = 32
REPEAT_WINDOW = timedelta(minutes=15)
"""How long after a call's last try a retry without an idempotency key is taken for a repetition of it. The
official clients wait ten minutes for an answer and at most eight seconds between tries.
"""
MOST_PER_MINUTE = 100_000
FEWEST_IMAGES = 10
"""A key must be able to ask for the largest number of pictures that one call may have."""


class RateLimited(BadInput):
    """A key called, or ordered pictures, more often than it may."""

    def __init__(self, what: str, allowance: Allowance, wait: timedelta) -> None:
        self.what, self.allowance, self.wait = what, allowance, wait
        super().__init__(
            f"This key may have {allowance.limit} {what} a minute, and they are used up.",
            remedy=f"wait {wait.total_seconds():.1f} seconds, or ask for a higher limit",
        )


class BudgetSpent(BadInput):
    """A call would cost more than is left of the key's month."""

    def __init__(self, budget: Money, left: Money, needed: Money) -> None:
        self.budget, self.left, self.needed = budget, left, needed
        super().__init__(
            f"This call costs {needed}, and {left} of this key's monthly budget of {budget} are left.",
            remedy="wait for the next month, or make a key with a larger budget",
        )


class BadLimit(BadInput):
    """A limit that no key can have."""


class UnknownKey(Forbidden):
    """A secret belongs to no key, or to one that was revoked."""

    def __init__(self, hint: str, *, revoked: bool = False) -> None:
        self.hint = hint
        what = "was revoked" if revoked else "does not exist"
        super().__init__(f"The API key ending in {hint!r} {what}.", remedy="make a new one")


def new_secret() -> str:
    """A secret of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(_SECRET_BYTES)


def hash_of(secret: str) -> str:
    """What is kept of a secret. A fast hash is enough: 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def hint_of(secret: str) -> str:
    """What may be shown of a secret."""
    return secret[-4:]


def check_limits(requests: int, images: int, budget: Money | None) -> None:
    """Raises ``BadLimit``."""
    if not 1 <= requests <= MOST_PER_MINUTE:
        raise BadLimit(
            f"{requests} requests a minute cannot be a limit.", remedy=f"give 1 to {MOST_PER_MINUTE}"
        )
    if not FEWEST_IMAGES <= images <= MOST_PER_MINUTE:
        raise BadLimit(
            f"{images} pictures a minute cannot be a limit.",
            remedy=f"give {FEWEST_IMAGES} to {MOST_PER_MINUTE}, since one call may ask for {FEWEST_IMAGES}",
        )
    if budget is not None and budget.micros <= 0:
        raise BadLimit(f"{budget} cannot be a monthly budget.", remedy="give an amount above zero")


def take(what: str, limit: int, full_at: datetime, wanted: int, now: datetime) -> datetime:
    """The new moment at which the allowance is full, once ``wanted`` of it are taken. Raises
    ``RateLimited``.
    """
    after = max(full_at, now) + wanted * MINUTE / limit
    if after - now > MINUTE:
        raise RateLimited(what, allowance(limit, full_at, now), after - now - MINUTE)
    return after


def allowance(limit: int, full_at: datetime, now: datetime) -> Allowance:
    """What is left of a limit."""
    used = max(full_at - now, timedelta())
    return Allowance(limit, max(0, (MINUTE - used) * limit // MINUTE), used)


def check_budget(budget: Money, used: Money, needed: Money) -> None:
    """Raises ``BudgetSpent``; all three in one currency."""
    if used + needed > budget:
        raise BudgetSpent(budget, max(budget - used, Money.zero(budget.currency)), needed)


def counted(amounts: Iterable[Money], currency: str, worth: Mapping[str, Fraction]) -> Money:
    """The amounts in ``currency``, added up; ``worth`` is what a unit of each currency is worth in it. Cut up
    to a whole micro-unit for each foreign currency. Raises ``CurrencyMismatch`` for one without a worth.
    """
    total = Money.zero(currency)
    for amount in amounts:
        if amount.currency == currency:
            total += amount
        elif amount.currency in worth:
            total += Money(ceil(amount.micros * worth[amount.currency]), currency)
        else:
            raise CurrencyMismatch(amount.currency, currency)
    return total


def spoken(span: timedelta) -> str:
    """A span as the ``x-ratelimit-reset-…`` headers write it, rounded up: ``0s``, ``1s``, ``6m0s``."""
    seconds = -(-span // timedelta(seconds=1))
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
