"""Prices and tiers."""

import pytest
from factories.core import usd
from hypothesis import given
from hypothesis import strategies as st

from fairstock.license.book import price_book_in_force
from fairstock.license.rules import BadPriceBook, UnknownSize, quote, read_price_book

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
    ],
)
def test_a_bad_book_is_refused(body: str) -> None:
    with pytest.raises(BadPriceBook):
        read_price_book(body)


def test_a_price_with_seven_decimals_is_no_money() -> None:
    with pytest.raises(Exception, match="not an amount of money"):
        read_price_book(TEXT.replace("0.016", "0.0160001"))
