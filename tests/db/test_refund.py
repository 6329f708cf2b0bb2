"""Refunds of sales and deals, before and after their period was divided and paid."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from factories.core import add_buyer, add_contributor, usd
from factories.money import (
    AFTER,
    IN_PERIOD,
    PERIOD,
    add_account,
    add_generated,
    add_licensed_works,
    add_release,
    attribute,
    sell_one,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from fairstock.db.checks import run_checks
from fairstock.db.transaction import transaction
from fairstock.fund import store
from fairstock.fund.close import close
from fairstock.fund.deals import book_deal
from fairstock.fund.model import WHOLE_PPB, Part
from fairstock.fund.policy import policy_in_force
from fairstock.fund.refund import BadRefund, RefundKeyReused, refund, refund_deal
from fairstock.kit.clock import FixedClock
from fairstock.kit.money import Money
from fairstock.ledger import store as ledger
from fairstock.license import store as licenses
from fairstock.license.model import RefundKind, Sale
from fairstock.license.store import SaleMissing
from fairstock.payout.prepare import prepare

LATER = "2026-11"
"""The month after the one in which the tests sell."""
CLOSED_LATER = FixedClock(datetime(2026, 12, 2, tzinfo=UTC))


class Shop:
    """Ann and Bob, a release on one work of each, a picture attributed to both, and a buyer."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.buyer = add_buyer(conn)
        self.ann, self.bob = add_contributor(conn, "ann"), add_contributor(conn, "bob")
        self.owners = {"cat": self.ann, "dog": self.bob}
        add_release(conn, {"cat": (self.ann, 1), "dog": (self.bob, 2)})
        self.picture = add_generated(conn, self.buyer)
        self.attribute({"cat": 400_000_000, "dog": 600_000_000})

    def attribute(self, shares: dict[str, int], reliability_ppb: int = WHOLE_PPB // 2) -> None:
        attribute(self.conn, self.picture, shares, self.owners, reliability_ppb=reliability_ppb)

    def sell(self, key: str = "1", *, size: int = 1024) -> Sale:
        return sell_one(self.conn, self.picture, self.buyer, key, size=size)

    def refund(self, sale: Sale, key: str = "r1", **given: object) -> object:
        options = {"reason": "not as ordered", "clock": AFTER, **given}
        return refund(self.conn, key=key, sale_id=sale.id, **options)  # type: ignore[arg-type]

    def owed(self, contributor: str, currency: str = "USD") -> int:
        return -ledger.balance(self.conn, f"payable:{contributor}", currency).micros

    def everybody(self) -> tuple[int, int, int]:
        """What Ann and Bob are owed and what lies in the reserve."""
        reserve = -ledger.balance(self.conn, "reserve:fund", "USD").micros
        return self.owed(self.ann), self.owed(self.bob), reserve


@pytest.fixture
def shop(conn: Connection) -> Shop:
    return Shop(conn)


def settle(conn: Connection) -> None:
    """Judge what is deferred to the commit, and every rule of the books."""
    conn.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert run_checks(conn) == []


def test_a_refund_mirrors_the_bookings_of_the_sale(conn: Connection, shop: Shop) -> None:
    sale = shop.sell()
    shop.refund(sale, clock=IN_PERIOD)
    for account in (f"buyer:{shop.buyer}", "revenue:house", f"fund:{PERIOD}"):
        assert ledger.balance(conn, account, "USD") == usd(0)
    settle(conn)


def test_a_refund_within_the_month_leaves_nothing_to_divide(conn: Connection, shop: Shop) -> None:
    shop.refund(shop.sell(), clock=IN_PERIOD)
    report = close(conn, PERIOD, AFTER)
    assert report.accrued == report.allocated == report.reserve == {"USD": usd(0)}
    assert shop.everybody() == (0, 0, 0)
    settle(conn)


def test_after_the_close_a_refund_takes_back_what_each_one_got(conn: Connection, shop: Shop) -> None:
    sale = shop.sell()
    close(conn, PERIOD, AFTER)
    # floor 3,000: half each; influence 3,000 × 0.5: 40 % to Ann, Bob's 60 % capped at half, the rest reserve
    assert shop.everybody() == (1_500 + 600, 1_500 + 750, 1_650)
    shop.refund(sale)
    report = close(conn, LATER, CLOSED_LATER)
    assert report.accrued == {"USD": usd(-6_000)}
    assert shop.everybody() == (0, 0, 0)
    settle(conn)


def test_the_shares_of_the_sale_count_and_not_those_found_later(conn: Connection, shop: Shop) -> None:
    """A new attribution, another reliability and another policy after the sale's close change nothing."""
    sale = shop.sell()
    close(conn, PERIOD, AFTER)
    conn.execute(text("UPDATE attribution_method SET reliability_ppb = 900000000"))
    policy = replace(policy_in_force(), version="next", floor_ppm=100_000, cap_ppb=WHOLE_PPB)
    policy = replace(policy, body=policy.body.replace('"2026-1"', '"next"'))
    shop.refund(sale)
    close(conn, LATER, CLOSED_LATER, policy=policy)
    assert shop.everybody() == (0, 0, 0)
    pools = {pool.part: pool for pool in store.pools_of(conn, LATER)}
    assert pools[Part.influence].reliability_ppb == WHOLE_PPB // 2
    assert {pool.mirrors_id for pool in pools.values()} == {pool.id for pool in store.pools_of(conn, PERIOD)}
    settle(conn)


def test_nobody_pays_back_an_influence_part_that_had_gone_to_the_reserve(
    conn: Connection, shop: Shop
) -> None:
    fresh = add_generated(conn, shop.buyer, 2)
    sale = sell_one(conn, fresh, shop.buyer, "unattributed")
    close(conn, PERIOD, AFTER, allow_unattributed=True)
    attribute(conn, fresh, {"cat": WHOLE_PPB}, shop.owners, reliability_ppb=WHOLE_PPB)
    shop.refund(sale)
    close(conn, LATER, CLOSED_LATER)
    assert shop.everybody() == (0, 0, 0)
    settle(conn)


def test_a_refund_larger_than_the_period_leaves_people_in_debt_and_unpaid(
    conn: Connection, shop: Shop
) -> None:
    for who in (shop.ann, shop.bob):
        add_account(conn, who)
    works = [*add_licensed_works(conn, shop.ann, [1]), *add_licensed_works(conn, shop.bob, [2])]
    deal = book_deal(
        conn, key="d", buyer_id=shop.buyer, price=usd(40_000_000), asset_ids=works, clock=IN_PERIOD
    )
    close(conn, PERIOD, AFTER)
    assert len(prepare(conn, PERIOD, AFTER).in_transit) == 2
    assert (shop.owed(shop.ann), shop.owed(shop.bob)) == (0, 0)
    sell_one(conn, shop.picture, shop.buyer, "next", clock=AFTER)
    refund_deal(conn, key="c", deal_id=deal.id, reason="works were late", clock=AFTER)
    report = close(conn, LATER, CLOSED_LATER)
    assert report.accrued == {"USD": usd(6_000 - 20_000_000)}
    assert shop.owed(shop.ann) == 2_100 - 10_000_000
    assert prepare(conn, LATER, CLOSED_LATER).in_transit == ()
    sell_one(conn, shop.picture, shop.buyer, "third", clock=CLOSED_LATER)
    close(conn, "2026-12", FixedClock(datetime(2027, 1, 3, tzinfo=UTC)))
    assert shop.owed(shop.ann) == 4_200 - 10_000_000
    settle(conn)


def test_a_part_of_a_deal_is_given_back_and_then_the_rest(conn: Connection, shop: Shop) -> None:
    works = [*add_licensed_works(conn, shop.ann, [1]), *add_licensed_works(conn, shop.bob, [2])]
    deal = book_deal(conn, key="d", buyer_id=shop.buyer, price=usd(1_001), asset_ids=works, clock=IN_PERIOD)
    refund_deal(conn, key="1", deal_id=deal.id, amount=usd(3), reason="one work less", clock=IN_PERIOD)
    assert close(conn, PERIOD, AFTER).allocated == {"USD": usd(501 - 2)}
    rest = refund_deal(conn, key="2", deal_id=deal.id, reason="cancelled", clock=AFTER)
    assert (rest.amount, rest.before, rest.fund) == (usd(998), usd(3), usd(499))
    close(conn, LATER, CLOSED_LATER)
    assert abs(shop.owed(shop.ann)) <= 1
    assert shop.owed(shop.ann) + shop.owed(shop.bob) == 0
    settle(conn)


def test_the_same_key_refunds_once(conn: Connection, shop: Shop) -> None:
    sale = shop.sell()
    first = shop.refund(sale, amount=usd(5))
    assert shop.refund(sale, amount=usd(5), clock=CLOSED_LATER) == first
    assert shop.refund(sale) == first  # "all that is left" of a retry is what the first call found
    for other in ({"amount": usd(6)}, {"kind": RefundKind.chargeback}, {"reason": "another"}):
        with pytest.raises(RefundKeyReused):
            shop.refund(sale, **other)
    assert licenses.refunds_of(conn, sale.id) == [first]


def test_what_cannot_be_refunded(conn: Connection, shop: Shop) -> None:
    sale = shop.sell()
    for amount in (usd(0), usd(-1), usd(20_001), Money(5, "EUR")):
        with pytest.raises(BadRefund, match="is left of its price"):
            shop.refund(sale, amount=amount)
    with pytest.raises(BadRefund, match="no reason"):
        shop.refund(sale, reason=" ")
    shop.refund(sale)
    with pytest.raises(BadRefund, match="was given back before"):
        shop.refund(sale, "r2")
    with pytest.raises(SaleMissing):
        refund(conn, key="r3", sale_id="sal_none", reason="?", clock=AFTER)
    with pytest.raises(store.DealMissing):
        refund_deal(conn, key="r4", deal_id="dea_none", reason="?", clock=AFTER)


@pytest.mark.parametrize(
    "change",
    [
        "amount_micros = amount_micros + 1",
        "before_micros = before_micros - 1",
        "currency = 'EUR'",
        "kind = 'gift'",
    ],
)
def test_the_database_itself_refuses_a_refund_that_does_not_fit(
    conn: Connection, shop: Shop, change: str
) -> None:
    shop.refund(shop.sell(), amount=usd(15_000))
    conn.execute(text("CREATE TEMP TABLE copy ON COMMIT DROP AS TABLE license_refund"))
    conn.execute(
        text(
            "UPDATE copy SET id = 'x', key = 'x', before_micros = 15000, amount_micros = 5000,"
            " fund_micros = 1"
        )
    )
    conn.execute(text(f"UPDATE copy SET {change}"))  # noqa: S608 - from the list above
    with pytest.raises(DatabaseError, match=r"does not fit|kind_known"):
        conn.execute(text("INSERT INTO license_refund TABLE copy"))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whenever_and_however_a_sale_is_given_back_nobody_keeps_or_owes_more_than_the_odd_micro_units(
    conn: Connection, *, data: st.DataObject
) -> None:
    with conn.begin_nested() as step:
        give_back_in_some_way(conn, data)
        step.rollback()


def give_back_in_some_way(conn: Connection, data: st.DataObject) -> None:
    """Sell, refund in parts over three months, close each, and compare."""
    shop = Shop(conn)
    shop.attribute({"cat": 333_333_333, "dog": 666_666_667}, data.draw(st.integers(0, WHOLE_PPB)))
    sale = shop.sell(size=data.draw(st.sampled_from([256, 512, 1024])))
    cuts = data.draw(st.lists(st.integers(1, sale.price.micros - 1), max_size=3, unique=True))
    edges = [0, *sorted(cuts), sale.price.micros]
    months = sorted(data.draw(st.lists(st.integers(10, 12), min_size=len(edges), max_size=len(edges))))
    parts: dict[int, list[int]] = defaultdict(list)
    for before, after, month in zip(edges, edges[1:], months, strict=False):
        parts[month].append(after - before)
    for month in (10, 11, 12):
        clock = FixedClock(datetime(2026, month, 25, tzinfo=UTC))
        for n, micros in enumerate(parts[month]):
            shop.refund(sale, f"{month}/{n}", amount=usd(micros), clock=clock)
        close(conn, f"2026-{month}", clock)
    settle(conn)
    assert ledger.balance(conn, f"buyer:{shop.buyer}", "USD") == usd(0)
    assert ledger.balance(conn, "revenue:house", "USD") == usd(0)
    assert sum(shop.everybody()) == 0
    assert all(abs(micros) <= 4 * len(edges) for micros in shop.everybody())


def test_two_refunds_at_once_give_back_the_price_once(engine: Engine) -> None:
    with transaction(engine) as conn:
        shop = Shop(conn)
        sale = shop.sell()

    def give_back(n: int) -> int:
        with transaction(engine) as conn:
            try:
                made = refund(
                    conn, key=f"r{n % 6}", sale_id=sale.id, amount=usd(4_000), reason="x", clock=AFTER
                )
            except BadRefund:
                return 0
            return made.amount.micros

    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(give_back, range(12)))
    with transaction(engine) as conn:
        rows = licenses.refunds_of(conn, sale.id)
        assert [each.before.micros for each in rows] == [0, 4_000, 8_000, 12_000, 16_000]
        assert ledger.balance(conn, f"buyer:{sale.buyer_id}", "USD") == usd(0)
        assert run_checks(conn) == []
    assert given.count(4_000) >= 5
