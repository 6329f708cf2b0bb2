"""Accruals, deals and the close in the real database."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from factories.core import add_asset, add_buyer, add_contributor, usd
from factories.money import (
    AFTER,
    IN_PERIOD,
    PERIOD,
    RELEASE,
    add_generated,
    add_licensed_works,
    add_release,
    attribute,
    pool_id,
    sell_one,
    sha,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from fairstock.asset import store as assets
from fairstock.db.checks import run_checks
from fairstock.fund import store
from fairstock.fund.close import EarlierPeriodOpen, NotAttributed, PeriodNotBegun, close
from fairstock.fund.deals import BadDeal, DealKeyReused, WorksNotLicensed, book_deal
from fairstock.fund.model import WHOLE_PPB, DealTerms, Part, ReserveReason, ShareOfWork, Work
from fairstock.fund.policy import policy_in_force
from fairstock.fund.rules import RESERVE_KEY, attributable, by_cluster, by_influence, floor_part
from fairstock.kit.clock import FixedClock
from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money
from fairstock.ledger import store as ledger


class Market:
    """Three contributors with five works in three clusters, and a buyer."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.buyer = add_buyer(conn)
        self.ann, self.bob, self.cem = (add_contributor(conn, who) for who in ("ann", "bob", "cem"))
        self.works = {
            "cat": (self.ann, 1),
            "cat, larger": (self.ann, 1),
            "cat, copied": (self.bob, 1),
            "dog": (self.bob, 2),
            "owl": (self.cem, 3),
        }
        self.owners = {name: owner for name, (owner, _) in self.works.items()}
        add_release(conn, self.works)

    def picture(self, seed: int = 1, **options: object) -> str:
        return add_generated(self.conn, self.buyer, seed, **options)  # type: ignore[arg-type]

    def balance(self, contributor: str) -> int:
        return -ledger.balance(self.conn, f"payable:{contributor}", "USD").micros


@pytest.fixture
def market(conn: Connection) -> Market:
    return Market(conn)


def settle(conn: Connection) -> None:
    """Judge what is deferred to the commit, and every rule of the books."""
    conn.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert run_checks(conn) == []


def test_the_floor_is_equal_by_cluster_then_contributor(conn: Connection, market: Market) -> None:
    picture = market.picture()
    attribute(conn, picture, {"cat": WHOLE_PPB}, market.owners)
    sell_one(conn, picture, market.buyer, "1")
    report = close(conn, PERIOD, AFTER)
    assert report.accrued == {"USD": usd(6_000)}
    assert report.allocated == report.reserve == {"USD": usd(3_000)}
    assert [market.balance(who) for who in (market.ann, market.bob, market.cem)] == [500, 1_500, 1_000]
    assert ledger.balance(conn, "reserve:fund", "USD") == usd(-3_000)
    assert ledger.balance(conn, f"fund:{PERIOD}", "USD") == usd(0)
    lines = store.allocations_of(conn, PERIOD, [market.ann])[market.ann]
    assert sorted(line.amount_micros for line in lines) == [250, 250]
    assert {(line.cluster_contributors, line.contributor_works) for line in lines} == {(2, 2)}
    settle(conn)


def test_unmeasured_influence_goes_to_the_reserve_with_its_reason(conn: Connection, market: Market) -> None:
    known, unknown = (
        market.picture(1),
        market.picture(2, release_id=add_release(conn, {}, "remote", known=False)),
    )
    attribute(conn, known, {"cat": WHOLE_PPB}, market.owners)
    sell_one(conn, known, market.buyer, "1")
    sell_one(conn, unknown, market.buyer, "2")
    close(conn, PERIOD, AFTER)
    found = {(pool.part, pool.release_id): pool.reserve_reason for pool in store.pools_of(conn, PERIOD)}
    assert found == {
        (Part.floor, RELEASE): None,
        (Part.floor, "remote"): ReserveReason.no_manifest,
        (Part.influence, RELEASE): ReserveReason.unmeasured,
        (Part.influence, "remote"): ReserveReason.no_manifest,
    }
    settle(conn)


def test_measured_influence_is_paid_by_share(conn: Connection, market: Market) -> None:
    picture = market.picture()
    attribute(
        conn, picture, {"dog": 600_000_000, "owl": 400_000_000}, market.owners, reliability_ppb=WHOLE_PPB // 4
    )
    sell_one(conn, picture, market.buyer, "1")
    close(conn, PERIOD, AFTER)
    # 3,000 of influence × 0.25 = 750: bob is capped at half of it, cem has 40 %, the rest is reserve
    assert [market.balance(who) for who in (market.ann, market.bob, market.cem)] == [
        500,
        1_500 + 375,
        1_000 + 300,
    ]
    influence = next(pool for pool in store.pools_of(conn, PERIOD) if pool.part is Part.influence)
    assert (influence.reserve, influence.reserve_reason) == (usd(3_000 - 675), ReserveReason.unreliable)
    settle(conn)


def test_sales_must_be_attributed_unless_allowed(conn: Connection, market: Market) -> None:
    sell_one(conn, market.picture(), market.buyer, "1")
    with pytest.raises(NotAttributed, match="run attribute_sales for 2026-10"):
        close(conn, PERIOD, AFTER)
    close(conn, PERIOD, AFTER, allow_unattributed=True)
    reasons = {pool.reserve_reason for pool in store.pools_of(conn, PERIOD)}
    assert reasons == {None, ReserveReason.unattributed}
    settle(conn)


def test_closing_twice_is_closing_once(conn: Connection, market: Market) -> None:
    picture = market.picture()
    attribute(conn, picture, {"cat": WHOLE_PPB}, market.owners)
    sell_one(conn, picture, market.buyer, "1")
    first = close(conn, PERIOD, AFTER)
    assert close(conn, PERIOD, FixedClock(datetime(2027, 5, 1, tzinfo=UTC))) == first
    assert market.balance(market.cem) == 1_000


def test_late_income_counts_in_the_open_month(conn: Connection, market: Market) -> None:
    picture = market.picture()
    attribute(conn, picture, {"cat": WHOLE_PPB}, market.owners)
    sell_one(conn, picture, market.buyer, "1")
    close(conn, PERIOD, AFTER)
    late = sell_one(conn, picture, market.buyer, "late")
    assert late.sold_at == IN_PERIOD.at
    assert ledger.balance(conn, "fund:2026-11", "USD") == usd(-6_000)
    assert {each.id: each.state.value for each in store.periods(conn)} == {
        "2026-11": "open",
        PERIOD: "closed",
    }
    settle(conn)


def test_the_database_itself_keeps_a_closed_period_closed(conn: Connection, market: Market) -> None:
    sell_one(conn, market.picture(), market.buyer, "1")
    close(conn, PERIOD, AFTER, allow_unattributed=True)
    for change in (
        "UPDATE fund_period SET state = 'open', input_digest = NULL",
        "DELETE FROM fund_period",
        "UPDATE fund_allocation SET amount_micros = amount_micros + 1",
        "UPDATE fund_pool SET allocated_micros = 0",
        """INSERT INTO fund_accrual
           SELECT 'x', period, 'deal', 'x', NULL, NULL, 1, currency, policy_version, 'x', accrued_at
           FROM fund_accrual""",
        "INSERT INTO fund_allocation SELECT * FROM fund_allocation",
        "INSERT INTO fund_allocation_2026_10 SELECT * FROM fund_allocation",
        "UPDATE fund_allocation_2026_10 SET amount_micros = amount_micros + 1",
        "TRUNCATE fund_allocation_2026_10",
        "SELECT fund_attach_allocations('fund_allocation_2026_10', '2026-10')",
    ):
        with pytest.raises(DatabaseError, match=r"refused|closed"), conn.begin_nested():
            conn.execute(text(change))


def test_order_of_closing(conn: Connection, market: Market) -> None:
    picture = market.picture()
    attribute(conn, picture, {"cat": WHOLE_PPB}, market.owners)
    sell_one(conn, picture, market.buyer, "1")
    sell_one(conn, picture, market.buyer, "2", clock=AFTER)
    with pytest.raises(EarlierPeriodOpen, match="close 2026-10 first"):
        close(conn, "2026-11", AFTER)
    with pytest.raises(PeriodNotBegun):
        close(conn, "2026-12", AFTER)


def test_an_empty_period_closes_with_nothing(conn: Connection) -> None:
    report = close(conn, PERIOD, AFTER)
    assert (dict(report.accrued), report.contributors) == ({}, 0)
    assert store.period_totals(conn, PERIOD)["fund_accrued_micros"] == 0
    settle(conn)


def test_the_frozen_digest_depends_on_every_input(conn: Connection, market: Market) -> None:
    digests = set()
    picture, other = market.picture(1), market.picture(2)
    attribute(conn, picture, {"cat": WHOLE_PPB}, market.owners)
    sell_one(conn, picture, market.buyer, "1")
    changes = (
        lambda: None,
        lambda: sell_one(conn, picture, market.buyer, "2"),
        lambda: attribute(conn, picture, {"cat": WHOLE_PPB}, market.owners, reliability_ppb=5),
        lambda: add_release(conn, {**market.works, "fox": (market.cem, 9)}),
        lambda: (
            attribute(conn, other, {"owl": WHOLE_PPB}, market.owners)
            and sell_one(conn, other, market.buyer, "3")
        ),
    )
    for change in changes:
        change()
        step = conn.begin_nested()
        digests.add(close(conn, PERIOD, AFTER).input_digest)
        step.rollback()
    assert len(digests) == len(changes)


def test_a_deal_is_divided_over_the_clusters_of_its_works(conn: Connection, market: Market) -> None:
    ann, bob = (
        add_licensed_works(conn, who, seeds) for who, seeds in ((market.ann, [1, 2]), (market.bob, [3]))
    )
    twins = {work.id: work for work in assets.many(conn, ann)}
    add_release(conn, dict.fromkeys(twins, (market.ann, 7)), "twins", catalogue=twins)
    deal = book_deal(
        conn,
        key="d1",
        buyer_id=market.buyer,
        price=usd(1_000_001),
        asset_ids=[*ann, *bob, bob[0]],
        clock=IN_PERIOD,
    )
    assert deal.fund == usd(500_001)
    assert (
        book_deal(
            conn, key="d1", buyer_id=market.buyer, price=usd(1_000_001), asset_ids=[*bob, *ann], clock=AFTER
        )
        == deal
    )
    report = close(conn, PERIOD, AFTER)
    assert report.reserve == {"USD": usd(0)}
    assert {market.balance(market.ann), market.balance(market.bob)} == {250_000, 250_001}
    settle(conn)


def test_deals_that_cannot_be_booked(conn: Connection, market: Market) -> None:
    licensed = add_licensed_works(conn, market.ann, [1])
    unlicensed = add_asset(conn, market.bob, seed=2)
    book = {"conn": conn, "buyer_id": market.buyer, "clock": IN_PERIOD}
    with pytest.raises(WorksNotLicensed, match=unlicensed):
        book_deal(**book, key="1", price=usd(100), asset_ids=[*licensed, unlicensed])  # type: ignore[arg-type]
    with pytest.raises(WorksNotLicensed, match="ast_none"):
        book_deal(**book, key="1", price=usd(100), asset_ids=["ast_none"])  # type: ignore[arg-type]
    with pytest.raises(BadDeal, match="no works"):
        book_deal(**book, key="1", price=usd(100), asset_ids=[])  # type: ignore[arg-type]
    with pytest.raises(BadDeal, match="price"):
        book_deal(**book, key="1", price=usd(0), asset_ids=licensed)  # type: ignore[arg-type]
    book_deal(**book, key="1", price=usd(100), asset_ids=licensed)  # type: ignore[arg-type]
    with pytest.raises(DealKeyReused):
        book_deal(**book, key="1", price=usd(101), asset_ids=licensed)  # type: ignore[arg-type]


def test_a_deal_has_its_own_split_term_and_tax_country(conn: Connection, market: Market) -> None:
    works = add_licensed_works(conn, market.ann, [1])
    common = {"buyer_id": market.buyer, "price": usd(1_000), "asset_ids": works, "clock": IN_PERIOD}
    stated = {"fund_share_ppm": 600_000, "territory": "us", "last_day": date(2029, 12, 31)}
    deal = book_deal(conn, key="own", **common, **stated)  # type: ignore[arg-type]
    assert deal.terms == DealTerms(600_000, "US", IN_PERIOD.at.date(), date(2029, 12, 31))
    assert deal.fund == usd(600)
    assert book_deal(conn, key="own", **common) == store.get_deal(conn, deal.id) == deal  # type: ignore[arg-type]
    plain = book_deal(conn, key="plain", **common)  # type: ignore[arg-type]
    assert plain.terms == DealTerms(500_000, "FR", IN_PERIOD.at.date(), None)
    for other in ({"fund_share_ppm": 500_000}, {"territory": "DE"}, {"last_day": date(2030, 1, 1)}):
        with pytest.raises(DealKeyReused):
            book_deal(conn, key="own", **common, **other)  # type: ignore[arg-type]
    for bad, why in (
        ({"fund_share_ppm": 499_999}, "between the policy's 0.5 and 1"),
        ({"fund_share_ppm": 1_000_001}, "between the policy's 0.5 and 1"),
        ({"last_day": date(2026, 1, 1)}, "ends before it begins"),
        ({"territory": "XX"}, "no country"),
    ):
        with pytest.raises(BadInput, match=why):
            book_deal(conn, key="bad", **common, **bad)  # type: ignore[arg-type]
    close(conn, PERIOD, AFTER)
    assert market.balance(market.ann) == 600 + 500
    settle(conn)


def test_currencies_do_not_mix(conn: Connection, market: Market) -> None:
    works = add_licensed_works(conn, market.ann, [1])
    for key, price in (("usd", usd(100)), ("eur", Money(300, "EUR"))):
        book_deal(conn, key=key, buyer_id=market.buyer, price=price, asset_ids=works, clock=IN_PERIOD)
    report = close(conn, PERIOD, AFTER)
    assert report.allocated == {"EUR": Money(150, "EUR"), "USD": usd(50)}
    assert ledger.balance(conn, f"payable:{market.ann}", "EUR") == Money(-150, "EUR")
    settle(conn)


def test_a_policy_that_was_used_may_not_change(conn: Connection, market: Market) -> None:
    sell_one(conn, market.picture(), market.buyer, "1")
    edited = replace(policy_in_force(IN_PERIOD.at), body="more for the house")
    with pytest.raises(store.PolicyChanged):
        close(conn, PERIOD, AFTER, policy=edited, allow_unattributed=True)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    weights=st.lists(
        st.lists(st.integers(0, 100), min_size=5, max_size=5).filter(any), min_size=1, max_size=4
    ),
    sizes=st.lists(st.sampled_from([256, 512, 1024]), min_size=1, max_size=6),
    reliability=st.integers(0, WHOLE_PPB),
    cap=st.integers(1, 1_000_000).map(lambda n: n * 1000),
    floor=st.integers(0, 1_000_000),
)
def test_the_database_divides_as_the_pure_rule(
    conn: Connection, *, weights: list[list[int]], sizes: list[int], reliability: int, cap: int, floor: int
) -> None:
    """SQL for many rows and the rule that people read give every work the same, to the micro-unit."""
    step = conn.begin_nested()
    market = Market(conn)
    policy = replace(policy_in_force(), version="test", cap_ppb=cap, floor_ppm=floor)
    expected: dict[tuple[str, str], int] = defaultdict(int)
    shares: dict[str, list[ShareOfWork]] = {}
    for seed, each in enumerate(weights):
        picture = market.picture(seed)
        parts = [weight * WHOLE_PPB // sum(each) for weight in each]
        parts[parts.index(max(parts))] += WHOLE_PPB - sum(parts)
        named = {name: part for name, part in zip(market.works, parts, strict=True) if part}
        attribute(conn, picture, named, market.owners, reliability_ppb=reliability)
        shares[picture] = [ShareOfWork(sha(name), market.owners[name], ppb) for name, ppb in named.items()]
    floors = 0
    for n, size in enumerate(sizes):
        picture = list(shares)[n % len(shares)]
        sale = sell_one(conn, picture, market.buyer, f"sale {n}", size=size)
        fund = sale.price.micros * 3 // 10
        part = floor_part(fund, floor)
        floors += part
        micros = attributable(fund - part, reliability)
        for work, amount in by_influence(micros, shares[picture], cap).items():
            expected[sale.id, work] += amount if work != RESERVE_KEY else 0
    works = [Work(sha(name), owner, str(cluster)) for name, (owner, cluster) in market.works.items()]
    for line in by_cluster(pool_id("floor"), floors, works):
        expected[RELEASE, line.work] += line.micros
    close(conn, PERIOD, AFTER, policy=policy)
    found = {
        (line.source_id, line.work_sha256): line.amount_micros
        for lines in store.allocations_of(conn, PERIOD, [market.ann, market.bob, market.cem]).values()
        for line in lines
    }
    conn.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    step.rollback()
    assert found == {key: micros for key, micros in expected.items() if micros}


def test_totals_and_top_earners(conn: Connection, market: Market) -> None:
    sell_one(conn, market.picture(), market.buyer, "1")
    close(conn, PERIOD, AFTER, allow_unattributed=True)
    totals = store.period_totals(conn, PERIOD)
    assert (totals["sales"], totals["sales_micros"], totals["fund_accrued_micros"]) == (1, 20_000, 6_000)
    assert (totals["payable_micros"], totals["reserve_micros"], totals["contributors"]) == (3_000, 3_000, 3)
    assert store.top_earners(conn, PERIOD, limit=1) == [
        {"handle": "bob", "name": "Bob", "works": 2, "earned": "USD 0.0015", "paid": "USD 0.00"}
    ]
    [spread] = store.ranges_of(conn, PERIOD)
    assert (spread.contributors, spread.least, spread.median, spread.most) == (
        3,
        usd(500),
        usd(1_000),
        usd(1_500),
    )
