"""Quotes and sales in the real database."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from factories.core import add_asset, add_buyer, add_contributor, usd
from factories.money import IN_PERIOD, add_generated, add_release, sell_one
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from fairstock.asset import store as assets
from fairstock.fund.sell import sell
from fairstock.kit.clock import FixedClock
from fairstock.ledger import store as ledger
from fairstock.license import store
from fairstock.license.book import price_book_in_force
from fairstock.license.grant import NoTerritory, NotForLicense, SaleKeyReused, quote_for
from fairstock.license.rules import read_price_book
from fairstock.party import store as parties


@pytest.fixture
def shop(conn: Connection) -> tuple[str, str]:
    """A buyer, and a generated picture of 1024 pixels."""
    buyer = add_buyer(conn)
    add_release(conn, {"cat": (add_contributor(conn), 1)})
    return buyer, add_generated(conn, buyer)


def test_a_sale_is_written_and_booked(conn: Connection, shop: tuple[str, str]) -> None:
    buyer, picture = shop
    sale = sell_one(conn, picture, buyer, "order-1")
    assert (sale.price, sale.tier, sale.quantity_before, sale.territory) == (usd(20_000), "standard", 0, "FR")
    assert store.get(conn, sale.id) == sale
    assert store.sales_of(conn, buyer) == [sale]
    booked = ledger.get(conn, f"sale:{sale.id}")
    assert {each.account: each.amount.micros for each in booked.postings} == {
        f"buyer:{buyer}": 20_000,
        "revenue:house": -14_000,
        "fund:2026-10": -6_000,
    }


def test_the_same_key_sells_once(conn: Connection, shop: tuple[str, str]) -> None:
    buyer, picture = shop
    later = FixedClock(datetime(2026, 12, 24, tzinfo=UTC))
    first = sell_one(conn, picture, buyer, "order-1")
    assert sell_one(conn, picture, buyer, "order-1", clock=later) == first
    assert ledger.balance(conn, f"buyer:{buyer}", "USD") == usd(20_000)


def test_a_key_belongs_to_one_order(conn: Connection, shop: tuple[str, str]) -> None:
    buyer, picture = shop
    sell_one(conn, picture, buyer, "order-1")
    with pytest.raises(SaleKeyReused):
        sell_one(conn, picture, buyer, "order-1", size=512)


def test_tiers_count_by_buyer_and_calendar_month(conn: Connection, shop: tuple[str, str]) -> None:
    buyer, picture = shop
    body = price_book_in_force().body.replace("= 1000\n", "= 2\n").replace('"2026-1"', '"test"')
    book = read_price_book(body)
    november = FixedClock(datetime(2026, 11, 1, tzinfo=UTC))
    other = add_buyer(conn, "other")
    sold = [
        sell(conn, key=f"{who}{n}", asset_id=picture, buyer_id=who, size=1024, clock=clock, book=book)
        for n, (who, clock) in enumerate(
            [
                (buyer, IN_PERIOD),
                (buyer, IN_PERIOD),
                (buyer, IN_PERIOD),
                (other, IN_PERIOD),
                (buyer, november),
            ]
        )
    ]
    assert [(each.quantity_before, each.price.micros) for each in sold] == [
        (0, 20_000),
        (1, 20_000),
        (2, 18_000),
        (0, 20_000),
        (0, 20_000),
    ]
    assert quote_for(conn, buyer_id=buyer, size=256, clock=IN_PERIOD, book=book).tier == "volume-1000"


def test_what_cannot_be_licensed(conn: Connection, shop: tuple[str, str]) -> None:
    buyer, picture = shop
    own = add_asset(conn, add_contributor(conn))
    with pytest.raises(NotForLicense, match="contributor's own work"):
        sell_one(conn, own, buyer, "1")
    small = add_generated(conn, buyer, 2, edge=256)
    with pytest.raises(NotForLicense, match="fewer than 512"):
        sell_one(conn, small, buyer, "2", size=512)
    assets.withdraw(conn, picture)
    with pytest.raises(NotForLicense, match="withdrawn"):
        sell_one(conn, picture, buyer, "3")


def test_a_sale_needs_the_buyers_country(conn: Connection, shop: tuple[str, str]) -> None:
    nowhere = parties.add_party(conn, handle="nowhere", name="Nowhere", kind="buyer", roles={"buyer"})
    with pytest.raises(NoTerritory):
        sell_one(conn, shop[1], nowhere, "1")
    sale = sell(conn, key="2", asset_id=shop[1], buyer_id=nowhere, size=256, clock=IN_PERIOD, territory="pt")
    assert sale.territory == "PT"


def test_a_price_book_that_sold_may_not_change(conn: Connection, shop: tuple[str, str]) -> None:
    buyer, picture = shop
    sell_one(conn, picture, buyer, "1")
    edited = replace(price_book_in_force(), body="cheaper")
    with pytest.raises(store.PriceBookChanged):
        sell(conn, key="2", asset_id=picture, buyer_id=buyer, size=256, clock=IN_PERIOD, book=edited)


def test_an_unknown_sale(conn: Connection) -> None:
    with pytest.raises(store.SaleMissing) as caught:
        store.get(conn, "sal_none")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("change", ["UPDATE license_sale SET amount_micros = 1", "DELETE FROM license_sale"])
def test_the_database_refuses_changes(conn: Connection, shop: tuple[str, str], change: str) -> None:
    sell_one(conn, shop[1], shop[0], "1")
    with pytest.raises(DatabaseError, match="append-only"):
        conn.execute(text(change))
