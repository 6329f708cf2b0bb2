"""Money as whole micro-units (10⁻⁶) of a currency: no floats and no silent rounding anywhere.

A price of $0.016 is ``Money(16_000, "USD")``. The only place where a part is cut off is ``whole_cents``,
which gives the part that was cut off back to the caller, and the only division is ``split``, whose parts sum
to the total.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fairstock.kit.errors import BadInput

MICROS = 1_000_000
"""Micro-units in one unit (a dollar, a euro)."""

MICROS_PER_CENT = 10_000
"""Micro-units in a hundredth of a unit, the smallest sum that a bank moves in most currencies."""

WITHOUT_CENTS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF"}
    | {"XOF", "XPF"}
)
"""Currencies whose smallest sum is a whole unit: those with no minor unit in ISO 4217's list one."""

LARGEST_MICROS = 2**63 - 1
"""The largest amount that PostgreSQL's BIGINT holds, about 9.2 million million units."""

_CURRENCY = re.compile(r"[A-Z]{3}")
_DECIMAL = re.compile(r"(-?)(\d{1,13})(?:\.(\d{1,6}))?")


class NotMoney(BadInput):
    """A value cannot be read as an amount of money."""

    def __init__(self, value: object) -> None:
        self.value = value
        super().__init__(
            f"{value!r} is not an amount of money.",
            remedy="write digits with at most six decimals and a three-letter currency, such as 12.50 USD",
        )


class CurrencyMismatch(BadInput):
    """Two amounts of different currencies were put together."""

    def __init__(self, left: str, right: str) -> None:
        self.left, self.right = left, right
        super().__init__(
            f"{left} and {right} cannot be added or compared.", remedy="convert one of them first"
        )


class NothingToSplit(BadInput):
    """A sum should be divided, but nobody has a weight above zero."""

    def __init__(self, total: Money) -> None:
        self.total = total
        super().__init__(f"{total} cannot be divided, since no party has a share above zero.")


class NegativeWeight(BadInput):
    """A party has a share below zero."""

    def __init__(self, key: str, weight: int) -> None:
        self.key, self.weight = key, weight
        super().__init__(f"The share of {key} is {weight}; a share cannot be below zero.")


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount; ordered and added within one currency only."""

    micros: int
    """Signed amount in 10⁻⁶ of the currency; at most ``LARGEST_MICROS`` either way."""
    currency: str
    """ISO 4217 code in capitals."""

    def __post_init__(self) -> None:
        if type(self.micros) is not int or abs(self.micros) > LARGEST_MICROS:
            raise NotMoney(self.micros)
        if not isinstance(self.currency, str) or not _CURRENCY.fullmatch(self.currency):
            raise NotMoney(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in the given currency."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read ``"12.50"`` or ``"-0.016"``; raises ``NotMoney`` for anything else, a seventh decimal
        included.
        """
        match = _DECIMAL.fullmatch(text.strip()) if text.isascii() else None
        if match is None:
            raise NotMoney(text)
        sign, units, decimals = match.groups()
        micros = int(units) * MICROS + int((decimals or "").ljust(6, "0"))
        return cls(-micros if sign else micros, currency)

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.micros + other.micros, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.micros - other.micros, self.currency)

    def __mul__(self, count: int) -> Money:
        """The amount ``count`` times; whole numbers only."""
        if type(count) is not int:
            raise NotMoney(count)
        return Money(self.micros * count, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.micros, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.micros), self.currency)

    def __bool__(self) -> bool:
        return self.micros != 0

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.micros < other.micros

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.micros <= other.micros

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    def __str__(self) -> str:
        """``USD 12.345678``: at least two and at most six decimals, minus sign before the digits."""
        units, micros = divmod(abs(self.micros), MICROS)
        decimals = f"{micros:06d}".rstrip("0").ljust(2, "0")
        return f"{self.currency} {'-' if self.micros < 0 else ''}{units}.{decimals}"

    def whole_cents(self) -> tuple[Money, Money]:
        """The part that a bank can move and the rest, which stays owed; both have the sign of the amount.

        In currencies without cents (``WITHOUT_CENTS``) that is whole units.
        """
        least = MICROS if self.currency in WITHOUT_CENTS else MICROS_PER_CENT
        cents = abs(self.micros) // least * least
        payable = Money(cents if self.micros >= 0 else -cents, self.currency)
        return payable, self - payable

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)


def split(total: Money, weights: Mapping[str, int]) -> dict[str, Money]:
    """Divide ``total`` in proportion to ``weights`` so that the parts sum to it exactly.

    Largest remainder: everybody gets the exact share rounded towards zero, and the micro-units left over go
    one each to those whose share was cut most, ties by key in ascending order. Nobody with weight zero gets
    anything, no part is off by a whole micro-unit, the order of ``weights`` is without effect, and
    ``split(-total)`` mirrors ``split(total)``. Keys come back in ascending order. Raises ``NothingToSplit``
    where no weight is above zero, ``NegativeWeight``.
    """
    for key, weight in weights.items():
        if weight < 0:
            raise NegativeWeight(key, weight)
    whole = sum(weights.values())
    if whole == 0:
        raise NothingToSplit(total)
    amount = abs(total.micros)
    exact = {key: divmod(amount * weights[key], whole) for key in sorted(weights)}
    left_over = amount - sum(quotient for quotient, _ in exact.values())
    most_cut = sorted(exact, key=lambda key: (-exact[key][1], key))[:left_over]
    parts = {key: quotient for key, (quotient, _) in exact.items()}
    for key in most_cut:
        parts[key] += 1
    sign = -1 if total.micros < 0 else 1
    return {key: Money(sign * micros, total.currency) for key, micros in parts.items()}
