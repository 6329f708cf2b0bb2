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
from fairstock.kit.countries import NotACountry
from fairstock.kit.money import Money
from fairstock.ledger import store as ledger
from fairstock.license import store
from fairstock.license.agree import AgreementKeyReused, agree
from fairstock.license.book import price_book_in_force
from fairstock.license.grant import NoTerritory, NotForLicense, SaleKeyReused, quote_for
from fairstock.license.model import AgreedTier, Agreement
from fairstock.license.rules import BadAgreement, UnknownCurrency, read_price_book
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


def test_every_sale_of_a_buyer_is_told_and_as_few_as_are_asked_for(
    conn: Connection, shop: tuple[str, str]
) -> None:
    """A page counts them to name the next order, so none may be left out."""
    buyer, picture = shop
    for number in range(101):
        sell_one(conn, picture, buyer, f"order-{number}")
    assert len(store.sales_of(conn, buyer, asset_id=picture)) == 101
    assert len(store.sales_of(conn, buyer, limit=2)) == 2


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
    body = price_book_in_force().body.replace("= 1000\n", "= 2\n").replace('"2026-2"', '"test"')
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


def test_a_territory_must_be_a_country(conn: Connection, shop: tuple[str, str]) -> None:
    order = {"asset_id": shop[1], "buyer_id": shop[0], "size": 256, "clock": IN_PERIOD}
    with pytest.raises(NotACountry, match="'UK' is no country"):
        sell(conn, key="1", territory="UK", **order)  # type: ignore[arg-type]
    sell_one(conn, shop[1], shop[0], "2")
    conn.execute(text("ALTER TABLE license_sale DISABLE TRIGGER append_only"))
    with pytest.raises(DatabaseError, match="territory_is_a_code"):
        conn.execute(text("UPDATE license_sale SET territory = 'fr'"))


def test_a_buyer_may_choose_the_currency(conn: Connection, shop: tuple[str, str]) -> None:
    order = {"asset_id": shop[1], "buyer_id": shop[0], "size": 1024, "clock": IN_PERIOD}
    sale = sell(conn, key="1", currency="JPY", **order)  # type: ignore[arg-type]
    assert (sale.price, sale.agreement_id) == (Money(3_000_000, "JPY"), None)
    assert ledger.balance(conn, "fund:2026-10", "JPY") == Money(-900_000, "JPY")
    assert sell(conn, key="1", **order) == sale  # type: ignore[arg-type]
    with pytest.raises(SaleKeyReused):
        sell(conn, key="1", currency="EUR", **order)  # type: ignore[arg-type]
    with pytest.raises(UnknownCurrency):
        sell(conn, key="2", currency="CHF", **order)  # type: ignore[arg-type]


def agreed(conn: Connection, buyer: str, key: str, tier: AgreedTier, **given: object) -> Agreement:
    """An agreement from September 2026 on."""
    options = {"currency": "USD", "valid_from": datetime(2026, 9, 1, tzinfo=UTC), "clock": IN_PERIOD, **given}
    return agree(conn, key=key, buyer_id=buyer, tiers=[tier], **options)  # type: ignore[arg-type]


def test_an_agreement_prices_its_buyers_orders_while_it_holds(
    conn: Connection, shop: tuple[str, str]
) -> None:
    buyer, picture = shop
    half = agreed(conn, buyer, "a1", AgreedTier(0, {}, 500_000), valid_until=IN_PERIOD.at)
    fixed = agreed(conn, buyer, "a2", AgreedTier(0, {1024: usd(7)}, 0))
    assert (half.version, fixed.version) == (1, 2)
    earlier = FixedClock(datetime(2026, 9, 5, tzinfo=UTC))
    before = FixedClock(datetime(2026, 8, 5, tzinfo=UTC))
    found = [
        (sale.price.micros, sale.agreement_id)
        for sale in (
            sell_one(conn, picture, buyer, "1"),
            sell_one(conn, picture, buyer, "2", clock=earlier),
            sell_one(conn, picture, buyer, "3", clock=before),
            sell_one(conn, picture, add_buyer(conn, "other"), "4"),
        )
    ]
    assert found == [(7, fixed.id), (7, fixed.id), (20_000, None), (20_000, None)]
    assert agreed(conn, buyer, "a2", AgreedTier(0, {1024: usd(7)}, 0), clock=earlier) == fixed
    with pytest.raises(AgreementKeyReused):
        agreed(conn, buyer, "a2", AgreedTier(0, {1024: usd(8)}, 0))
    assert store.agreements_of(conn, buyer) == [half, fixed]


def test_an_agreement_chooses_the_currency_unless_the_order_does(
    conn: Connection, shop: tuple[str, str]
) -> None:
    buyer, picture = shop
    euros = agreed(conn, buyer, "a", AgreedTier(0, {}, 100_000), currency="EUR")
    order = {"asset_id": picture, "buyer_id": buyer, "size": 1024, "clock": IN_PERIOD}
    sale = sell(conn, key="1", **order)  # type: ignore[arg-type]
    assert (sale.price, sale.agreement_id) == (Money(17_100, "EUR"), euros.id)
    dollars = sell(conn, key="2", currency="USD", **order)  # type: ignore[arg-type]
    assert (dollars.price, dollars.agreement_id) == (usd(20_000), None)


def test_agreements_that_cannot_be_made(conn: Connection, shop: tuple[str, str]) -> None:
    with pytest.raises(UnknownCurrency):
        agreed(conn, shop[0], "1", AgreedTier(0, {}, 1), currency="CHF")
    with pytest.raises(BadAgreement, match="gives pictures"):
        agreed(conn, shop[0], "2", AgreedTier(0, {}, 999_999))
    with pytest.raises(BadAgreement, match="ends before"):
        agreed(conn, shop[0], "3", AgreedTier(0, {}, 1), valid_until=datetime(2026, 8, 1, tzinfo=UTC))
    with pytest.raises(parties.PartyNotFound):
        agreed(conn, "pty_none", "4", AgreedTier(0, {}, 1))
    agreed(conn, shop[0], "5", AgreedTier(0, {}, 1))
    with pytest.raises(DatabaseError, match="append-only"):
        conn.execute(text("UPDATE license_agreement SET version = 9"))


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
