"""Prices and tiers."""

from datetime import UTC, datetime

import pytest
from factories.core import usd
from hypothesis import given
from hypothesis import strategies as st

from fairstock.kit.money import Money
from fairstock.license.book import price_book_in_force
from fairstock.license.model import AgreedTier, Agreement
from fairstock.license.rules import (
    BadAgreement,
    BadPriceBook,
    UnknownCurrency,
    UnknownSize,
    check_agreed,
    quote,
    quote_agreed,
    read_price_book,
)

BOOK = price_book_in_force()
TEXT = """
version = "1"
currency = "USD"
[[tier]]
name = "standard"
from_quantity = 0
prices = { 256 = "0.016" }
"""


def test_the_published_prices() -> None:
    assert [quote(BOOK, size, 0).price for size in (256, 512, 1024)] == [
        usd(16_000),
        usd(18_000),
        usd(20_000),
    ]


@pytest.mark.parametrize(
    ("before", "tier"),
    [
        (0, "standard"),
        (999, "standard"),
        (1000, "volume-1000"),
        (9999, "volume-1000"),
        (10000, "volume-10000"),
    ],
)
def test_a_tier_begins_with_the_picture_after_its_quantity(before: int, tier: str) -> None:
    assert quote(BOOK, 256, before).tier == tier


@given(st.integers(0, 100_000), st.sampled_from([256, 512, 1024]))
def test_more_pictures_never_cost_more_each(before: int, size: int) -> None:
    assert quote(BOOK, size, before + 1).price <= quote(BOOK, size, before).price


def test_an_unknown_size_names_those_that_are_sold() -> None:
    with pytest.raises(UnknownSize, match="choose one of 256, 512, 1024") as caught:
        quote(BOOK, 333, 0)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "body",
    [
        "not toml",
        "version = '1'",
        TEXT.replace("from_quantity = 0", "from_quantity = 5"),
        TEXT.replace("0.016", "0.000"),
        TEXT.replace("0.016", "-1"),
        TEXT + '[[tier]]\nname="b"\nfrom_quantity=0\nprices={256="0.01"}',
        TEXT + '[[tier]]\nname="b"\nfrom_quantity=5\nprices={512="0.01"}',
        TEXT + 'abroad.EUR = {512="0.01"}',
        TEXT + 'abroad.EUR = {256="0"}',
        TEXT + 'abroad.EUR = {256="1"}\n[[tier]]\nname="b"\nfrom_quantity=5\nprices={256="0.01"}',
    ],
)
def test_a_bad_book_is_refused(body: str) -> None:
    with pytest.raises(BadPriceBook):
        read_price_book(body)


def test_a_price_with_seven_decimals_is_no_money() -> None:
    with pytest.raises(Exception, match="not an amount of money"):
        read_price_book(TEXT.replace("0.016", "0.0160001"))


@pytest.mark.parametrize(("currency", "micros"), [("EUR", 19_000), ("GBP", 16_000), ("JPY", 3_000_000)])
def test_every_currency_has_prices_of_its_own(currency: str, micros: int) -> None:
    assert quote(BOOK, 1024, 0, currency).price == Money(micros, currency)
    assert quote(BOOK, 256, 10_000, currency).price < quote(BOOK, 256, 0, currency).price


def test_an_unknown_currency_names_those_in_which_licenses_are_sold() -> None:
    with pytest.raises(UnknownCurrency, match="choose one of EUR, GBP, JPY, USD"):
        quote(BOOK, 256, 0, "CHF")


def agreement(*tiers: AgreedTier, currency: str = "USD") -> Agreement:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return Agreement("agr_1", "k", "pty_1", 3, currency, tiers, start, None, start)


def test_an_agreed_price_goes_before_the_list_and_a_discount_off_it() -> None:
    agreed = agreement(AgreedTier(0, {512: usd(10_001)}, 0), AgreedTier(5, {}, 333_333))
    assert quote_agreed(BOOK, agreed, 512, 4).price == usd(10_001)
    assert quote_agreed(BOOK, agreed, 1024, 4).price == usd(20_000)
    found = quote_agreed(BOOK, agreed, 1024, 5)
    assert (found.price, found.tier, found.agreement_id) == (usd(13_333), "agreement 3, from 5", "agr_1")
    euros = agreement(AgreedTier(0, {}, 500_000), currency="EUR")
    assert quote_agreed(BOOK, euros, 256, 0).price == Money(7_500, "EUR")


@given(st.integers(0, 999_999), st.integers(0, 20_000), st.sampled_from([256, 512, 1024]))
def test_a_discount_never_raises_a_price_nor_takes_a_micro_unit_too_much(
    ppm: int, before: int, size: int
) -> None:
    listed = quote(BOOK, size, before).price.micros
    price = quote_agreed(BOOK, agreement(AgreedTier(0, {}, ppm)), size, before).price.micros
    assert 2 * abs(price * 1_000_000 - listed * (1_000_000 - ppm)) <= 1_000_000


@pytest.mark.parametrize(
    "tiers",
    [
        [],
        [AgreedTier(1, {}, 0)],
        [AgreedTier(0, {}, 0), AgreedTier(0, {}, 0)],
        [AgreedTier(0, {}, 1_000_000)],
        [AgreedTier(0, {}, -1)],
        [AgreedTier(0, {256: Money(0, "USD")}, 0)],
        [AgreedTier(0, {256: Money(1, "EUR")}, 0)],
    ],
)
def test_an_agreement_that_cannot_price_is_refused(tiers: list[AgreedTier]) -> None:
    with pytest.raises(BadAgreement):
        check_agreed("USD", tiers)
