"""The known rounding bugs of other ledgers, each by its name, tried on closed periods."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from factories.core import add_buyer, add_contributor, usd
from factories.money import (
    AFTER,
    IN_PERIOD,
    PERIOD,
    add_generated,
    add_licensed_works,
    add_release,
    attribute,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from fairstock.db.checks import run_checks
from fairstock.fund import store
from fairstock.fund.close import close
from fairstock.fund.deals import book_deal
from fairstock.fund.refund import refund_deal
from fairstock.fund.sell import sell
from fairstock.kit.clock import FixedClock
from fairstock.kit.money import MICROS_PER_CENT, Money
from fairstock.ledger import store as ledger
from fairstock.license.book import price_book_in_force
from fairstock.license.rules import read_price_book
from fairstock.party import store as parties
from fairstock.party.model import NewParty, PartyKind, Role


@pytest.fixture
def buyer(conn: Connection) -> str:
    return add_buyer(conn)


def people(conn: Connection, number: int) -> list[str]:
    """Contributors with one licensed work each."""
    return [add_contributor(conn, f"person-{n:03d}") for n in range(number)]


def deal(
    conn: Connection, buyer: str, who: list[str], price: Money, *, key: str = "d", at: object = IN_PERIOD
) -> str:
    """Book a deal over one work of each, with a fund share of a half."""
    works = [work for each in who for work in add_licensed_works(conn, each, [1])]
    order = {"key": key, "buyer_id": buyer, "price": price, "asset_ids": works, "clock": at}
    return book_deal(conn, **order).id  # type: ignore[arg-type]


def owed(conn: Connection, who: list[str], currency: str = "USD") -> list[int]:
    return [-ledger.balance(conn, f"payable:{each}", currency).micros for each in who]


def settle(conn: Connection) -> None:
    conn.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert run_checks(conn) == []


def test_half_cent(conn: Connection, buyer: str) -> None:
    """Half a cent is neither rounded up for both (a cent too much is paid) nor down (a cent is lost): it is
    owed.
    """
    both = people(conn, 2)
    deal(conn, buyer, both, usd(2 * MICROS_PER_CENT))
    close(conn, PERIOD, AFTER)
    assert owed(conn, both) == [MICROS_PER_CENT // 2] * 2
    assert [Money(each, "USD").whole_cents()[0].micros for each in owed(conn, both)] == [0, 0]
    deal(conn, buyer, both, usd(2 * MICROS_PER_CENT), key="again", at=AFTER)
    close(conn, "2026-11", FixedClock(datetime(2026, 12, 1, tzinfo=UTC)))
    assert [Money(each, "USD").whole_cents()[0].micros for each in owed(conn, both)] == [MICROS_PER_CENT] * 2
    settle(conn)


def test_zero_share_a_party_with_share_zero_gets_a_cent(conn: Connection, buyer: str) -> None:
    """Odd micro-units go to nobody who has no part in the picture, however many are left over."""
    ann, bob, cem = people(conn, 3)
    add_release(conn, {"cat": (ann, 1), "dog": (bob, 2), "owl": (cem, 3)})
    picture = add_generated(conn, buyer)
    owners = {"cat": ann, "dog": bob}
    attribute(conn, picture, {"cat": 333_333_333, "dog": 666_666_667}, owners, reliability_ppb=777_777_777)
    sell(conn, key="1", asset_id=picture, buyer_id=buyer, size=256, clock=IN_PERIOD)
    close(conn, PERIOD, AFTER)
    influence = {pool.id for pool in store.pools_of(conn, PERIOD) if pool.part == "influence"}
    [lines] = store.allocations_of(conn, PERIOD, [cem]).values()
    assert not [line for line in lines if line.pool_id in influence]
    settle(conn)


def test_one_contributor_gets_all_of_it(conn: Connection, buyer: str) -> None:
    [ann] = people(conn, 1)
    deal(conn, buyer, [ann], usd(14_000_003))
    close(conn, PERIOD, AFTER)
    assert owed(conn, [ann]) == [7_000_002]  # the odd half micro-unit of the split is the fund's
    settle(conn)


def test_ten_thousand_contributors_share_a_cent(conn: Connection, buyer: str) -> None:
    """Each gets one micro-unit: nothing is lost because every part is far below a cent."""
    rows = [
        NewParty(f"c{n:05d}", f"C {n}", PartyKind.contributor, frozenset({Role.contributor}))
        for n in range(10_000)
    ]
    ids = list(parties.add_parties(conn, rows).values())
    add_release(conn, {f"w{n}": (who, n) for n, who in enumerate(ids)})
    book = read_price_book(
        price_book_in_force().body.replace("2026-2", "dear").replace('"0.016"', '"0.066667"')
    )
    picture = add_generated(conn, buyer)
    order = {"asset_id": picture, "buyer_id": buyer, "size": 256, "clock": IN_PERIOD, "book": book}
    sell(conn, key="1", **order)  # type: ignore[arg-type]
    close(conn, PERIOD, AFTER, allow_unattributed=True)
    assert Counter(each.micros for each in store.earnings(conn, PERIOD, "USD").values()) == {1: 10_000}
    settle(conn)


@pytest.mark.parametrize("micros", [1, 2, 99, 100, 101])
def test_negative_period(conn: Connection, buyer: str, micros: int) -> None:
    """A refund larger than the period is divided like a sale with the sign turned; truncation towards minus
    infinity would take a micro-unit too much from each.
    """
    three = people(conn, 3)
    number = deal(conn, buyer, three, usd(2 * micros))
    close(conn, PERIOD, AFTER)
    before = owed(conn, three)
    refund_deal(conn, key="r", deal_id=number, reason="cancelled", clock=AFTER)
    report = close(conn, "2026-11", FixedClock(datetime(2026, 12, 1, tzinfo=UTC)))
    assert report.accrued == {"USD": usd(-micros)}
    after = owed(conn, three)
    assert (sum(before), sum(after)) == (micros, 0)
    assert all(abs(each) <= 1 for each in after)
    settle(conn)


def test_mixed_currency(conn: Connection, buyer: str) -> None:
    """Three currencies with different smallest coins in one month: none leaks into another, and none is
    rounded to the coins of another.
    """
    three = people(conn, 3)
    add_release(conn, {f"w{n}": (who, n) for n, who in enumerate(three)})
    picture = add_generated(conn, buyer)
    for currency in ("USD", "EUR", "JPY"):
        order = {"asset_id": picture, "buyer_id": buyer, "size": 1024, "clock": IN_PERIOD}
        sell(conn, key=currency, currency=currency, **order)  # type: ignore[arg-type]
        deal(conn, buyer, three, Money(101, currency), key=f"deal {currency}")
    report = close(conn, PERIOD, AFTER, allow_unattributed=True)
    for currency, fund in (("USD", 6_000), ("EUR", 5_700), ("JPY", 900_000)):
        assert report.accrued[currency] == Money(fund + 51, currency)
        assert report.reserve[currency] == Money(fund // 2, currency)
        assert sum(owed(conn, three, currency)) == fund // 2 + 51
    settle(conn)


def test_the_first_in_the_list_gets_every_odd_cent(conn: Connection, buyer: str) -> None:
    """Over many deals with one odd micro-unit each, everybody gets some of them."""
    three = people(conn, 3)
    for n in range(60):
        deal(conn, buyer, three, usd(2), key=str(n))
    close(conn, PERIOD, AFTER)
    shares = owed(conn, three)
    assert sum(shares) == 60
    assert min(shares) >= 8  # fewer than 8 of 60 has a chance of one in 4,000 for any fair draw
    settle(conn)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(1, 12), price=st.integers(1, 10**12))
def test_33_and_33_and_33_are_99(conn: Connection, *, number: int, price: int) -> None:
    """Parts that are rounded each by itself drift from the sum; here they are the sum, off by one from each
    other.
    """
    with conn.begin_nested() as step:
        who = people(conn, number)
        deal(conn, add_buyer(conn), who, usd(price))
        close(conn, PERIOD, AFTER)
        shares = owed(conn, who)
        assert sum(shares) == (price + 1) // 2
        assert max(shares) - min(shares) <= 1
        step.rollback()
