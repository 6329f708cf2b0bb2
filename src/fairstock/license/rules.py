"""Prices: reading a price book and quoting from it. Pure; see ``price_book.toml`` for the prices
themselves.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money
from fairstock.license.model import PriceBook, Quote, Tier


class BadPriceBook(BadInput):
    """A price book cannot be used."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The price book cannot be used: {reason}.", remedy="correct the file price_book.toml"
        )


class UnknownSize(BadInput):
    """No price exists for this size."""

    def __init__(self, size: int, sizes: list[int]) -> None:
        self.size, self.sizes = size, sizes
        listed = ", ".join(str(each) for each in sizes)
        super().__init__(f"Pictures of {size} pixels are not sold.", remedy=f"choose one of {listed}")


def read_price_book(body: str) -> PriceBook:
    """The price book that a TOML text describes; raises ``BadPriceBook`` and ``NotMoney``."""
    try:
        data = tomllib.loads(body)
        book = PriceBook(
            version=str(data["version"]),
            currency=str(data["currency"]),
            tiers=tuple(_tier(each, str(data["currency"])) for each in data["tier"]),
            body=body,
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise BadPriceBook(f"{type(error).__name__}: {error}") from error
    _check(book)
    return book


def quote(book: PriceBook, size: int, quantity_before: int) -> Quote:
    """What the next picture of ``size`` pixels costs a buyer who has licensed ``quantity_before`` this month.

    Raises ``UnknownSize``.
    """
    tier = next(each for each in reversed(book.tiers) if each.from_quantity <= quantity_before)
    price = tier.prices.get(size)
    if price is None:
        raise UnknownSize(size, sorted(tier.prices))
    return Quote(size, tier.name, quantity_before, price, book.version)


def _tier(data: Mapping[str, Any], currency: str) -> Tier:
    prices = {int(size): Money.parse(str(price), currency) for size, price in data["prices"].items()}
    return Tier(str(data["name"]), int(data["from_quantity"]), dict(sorted(prices.items())))


def _check(book: PriceBook) -> None:
    """A buyer must find one price for each size at every quantity, and never a price of nothing."""
    starts = [tier.from_quantity for tier in book.tiers]
    if not starts or starts[0] != 0 or starts != sorted(set(starts)):
        raise BadPriceBook("its tiers must begin at quantity 0 and ascend")
    if any(tier.prices.keys() != book.tiers[0].prices.keys() for tier in book.tiers):
        raise BadPriceBook("every tier must price the same sizes")
    if any(price.micros <= 0 for tier in book.tiers for price in tier.prices.values()):
        raise BadPriceBook("a price must be above zero")
