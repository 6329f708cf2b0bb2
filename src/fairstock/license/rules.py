"""Prices: reading a price book and quoting from it. Pure; see ``price_book.toml`` for the prices
themselves.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money, split
from fairstock.license.model import AgreedTier, Agreement, PriceBook, Quote, Tier

WHOLE_PPM = 1_000_000
"""A discount of everything, in millionths."""


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


class UnknownCurrency(BadInput):
    """No price exists in this currency."""

    def __init__(self, currency: str, currencies: Sequence[str]) -> None:
        self.currency, self.currencies = currency, tuple(currencies)
        super().__init__(
            f"Licenses are not sold in {currency}.", remedy=f"choose one of {', '.join(currencies)}"
        )


class BadAgreement(BadInput):
    """An agreement cannot be made as it stands."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The agreement cannot be made: {reason}.")


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


def quote(book: PriceBook, size: int, quantity_before: int, currency: str | None = None) -> Quote:
    """What the next picture of ``size`` pixels costs a buyer who has licensed ``quantity_before`` this month,
    in the book's own currency unless another is named.

    Raises ``UnknownSize``, ``UnknownCurrency``.
    """
    tier = next(each for each in reversed(book.tiers) if each.from_quantity <= quantity_before)
    lists = {book.currency: tier.prices, **tier.abroad}
    prices = lists.get(currency or book.currency)
    if prices is None:
        raise UnknownCurrency(str(currency), sorted(lists))
    price = prices.get(size)
    if price is None:
        raise UnknownSize(size, sorted(prices))
    return Quote(size, tier.name, quantity_before, price, book.version)


def worth_in(book: PriceBook, currency: str) -> dict[str, Fraction]:
    """What one unit of each currency of the book is worth in ``currency`` by the house's own list prices (of
    the largest size, undiscounted): nobody else's rate is needed, and none can be missing.

    Raises ``UnknownCurrency``.
    """
    lists = {book.currency: book.tiers[0].prices, **book.tiers[0].abroad}
    if currency not in lists:
        raise UnknownCurrency(currency, sorted(lists))
    largest = max(lists[currency])
    return {
        name: Fraction(lists[currency][largest].micros, prices[largest].micros)
        for name, prices in lists.items()
    }


def quote_agreed(book: PriceBook, agreement: Agreement, size: int, quantity_before: int) -> Quote:
    """The same under an agreement: its price for the size where it has one, else the list price in its
    currency less its discount (the odd half micro-unit is the buyer's to pay). Raises ``UnknownSize``,
    ``UnknownCurrency``.
    """
    tier = next(each for each in reversed(agreement.tiers) if each.from_quantity <= quantity_before)
    name = f"agreement {agreement.version}, from {tier.from_quantity}"
    price = tier.prices.get(size)
    if price is None:
        listed = quote(book, size, quantity_before, agreement.currency)
        weights = {"": WHOLE_PPM - tier.discount_ppm, "discount": tier.discount_ppm}
        price = split(listed.price, weights)[""]
    return Quote(size, name, quantity_before, price, book.version, agreement.id)


def check_agreed(currency: str, tiers: Sequence[AgreedTier]) -> None:
    """Whether the tiers of an agreement can price a picture; raises ``BadAgreement``."""
    starts = [tier.from_quantity for tier in tiers]
    if not starts or starts[0] != 0 or starts != sorted(set(starts)):
        raise BadAgreement("its tiers must begin at quantity 0 and ascend")
    prices = [price for tier in tiers for price in tier.prices.values()]
    if any(price.currency != currency or price.micros <= 0 for price in prices):
        raise BadAgreement(f"its prices must be above zero and in {currency}")
    if any(not 0 <= tier.discount_ppm < WHOLE_PPM for tier in tiers):
        raise BadAgreement("a discount must be at least 0 and below 1")


def _tier(data: Mapping[str, Any], currency: str) -> Tier:
    abroad = {str(code): _prices(listed, str(code)) for code, listed in data.get("abroad", {}).items()}
    return Tier(str(data["name"]), int(data["from_quantity"]), _prices(data["prices"], currency), abroad)


def _prices(data: Mapping[str, Any], currency: str) -> dict[int, Money]:
    """Size → price, the smallest size first."""
    prices = {int(size): Money.parse(str(price), currency) for size, price in data.items()}
    return dict(sorted(prices.items()))


def _check(book: PriceBook) -> None:
    """A buyer must find one price for each size and currency at every quantity, and never a price of
    nothing.
    """
    starts = [tier.from_quantity for tier in book.tiers]
    if not starts or starts[0] != 0 or starts != sorted(set(starts)):
        raise BadPriceBook("its tiers must begin at quantity 0 and ascend")
    first, lists = (
        book.tiers[0],
        [each for tier in book.tiers for each in (tier.prices, *tier.abroad.values())],
    )
    if any(listed.keys() != first.prices.keys() for listed in lists):
        raise BadPriceBook("every tier must price the same sizes, in every currency")
    if any(tier.abroad.keys() != first.abroad.keys() for tier in book.tiers):
        raise BadPriceBook("every tier must have the same currencies")
    if any(price.micros <= 0 for listed in lists for price in listed.values()):
        raise BadPriceBook("a price must be above zero")
