"""A year's reserve goes to the contributors, once, by the floor rule over frozen works."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from factories.core import add_buyer, add_contributor, usd
from factories.money import AFTER, IN_PERIOD, PERIOD, add_generated, add_release, attribute, sell_one
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from fairstock.db.checks import run_checks
from fairstock.db.transaction import transaction
from fairstock.fund import store
from fairstock.fund.close import close
from fairstock.fund.model import WHOLE_PPB, Part
from fairstock.fund.refund import refund
from fairstock.fund.reserve import LaterYearDistributed, MonthOpen, YearNotOver, distribute
from fairstock.fund.sell import sell
from fairstock.kit.clock import FixedClock
from fairstock.kit.money import Money
from fairstock.ledger import store as ledger

NEXT = "2027-01"
NEW_YEAR = FixedClock(datetime(2027, 1, 5, 9, tzinfo=UTC))
FEBRUARY = FixedClock(datetime(2027, 2, 2, tzinfo=UTC))


class Year:
    """Ann and Bob with a release of three works in two clusters, and a model that nobody knows."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.buyer = add_buyer(conn)
        self.ann, self.bob = add_contributor(conn, "ann"), add_contributor(conn, "bob")
        add_release(conn, {"cat": (self.ann, 1), "cat, larger": (self.ann, 1), "dog": (self.bob, 2)})
        add_release(conn, {}, "remote", known=False)

    def sell(self, key: str, seed: int = 1, *, release_id: str = "house-test", currency: str = "USD") -> str:
        """The id of a sale whose picture nobody attributed, so that its influence part is reserve."""
        picture = add_generated(self.conn, self.buyer, seed, release_id=release_id)
        order = {"asset_id": picture, "buyer_id": self.buyer, "size": 1024, "clock": IN_PERIOD}
        return sell(self.conn, key=key, currency=currency, **order).id  # type: ignore[arg-type]

    def close(self, period: str = PERIOD, clock: FixedClock = AFTER) -> None:
        close(self.conn, period, clock, allow_unattributed=True)

    def owed(self, contributor: str, currency: str = "USD") -> int:
        return -ledger.balance(self.conn, f"payable:{contributor}", currency).micros

    def reserve(self, currency: str = "USD") -> int:
        return -ledger.balance(self.conn, "reserve:fund", currency).micros


@pytest.fixture
def year(conn: Connection) -> Year:
    return Year(conn)


def settle(conn: Connection) -> None:
    conn.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert run_checks(conn) == []


def test_the_reserve_of_a_release_goes_to_its_works_by_cluster(conn: Connection, year: Year) -> None:
    year.sell("1")
    year.close()
    assert (year.owed(year.ann), year.owed(year.bob), year.reserve()) == (1_500, 1_500, 3_000)
    report = distribute(conn, 2026, NEW_YEAR)
    assert (report.period, report.distributed, report.kept) == (NEXT, {"USD": usd(3_000)}, {})
    assert (year.reserve(), ledger.balance(conn, f"fund:{NEXT}", "USD")) == (0, usd(-3_000))
    year.close(NEXT, FEBRUARY)
    assert (year.owed(year.ann), year.owed(year.bob), year.reserve()) == (3_000, 3_000, 0)
    [pool] = store.pools_of(conn, NEXT)
    assert (pool.part, pool.clusters, pool.allocated) == (Part.reserve, 2, usd(3_000))
    lines = store.allocations_of(conn, NEXT, [year.ann])[year.ann]
    assert sorted(line.amount_micros for line in lines) == [750, 750]
    assert store.proof(conn, NEXT, f"pool:{pool.id}").root
    settle(conn)


def test_models_without_a_manifest_feed_the_works_of_all_releases_that_sold(
    conn: Connection, year: Year
) -> None:
    add_release(conn, {"cat": (year.ann, 1), "owl": (year.bob, 5)}, "house-next")
    add_release(conn, {"fox": (add_contributor(conn, "cem"), 1)}, "never sold")
    year.sell("1")
    year.sell("2", 2, release_id="house-next")
    year.sell("3", 3, release_id="remote")
    year.close()
    distribute(conn, 2026, NEW_YEAR)
    year.close(NEXT, FEBRUARY)
    pools = {pool.release_id: pool for pool in store.pools_of(conn, NEXT)}
    assert {release: pool.amount.micros for release, pool in pools.items()} == {
        "house-test": 3_000,
        "house-next": 3_000,
        None: 6_000,
    }
    works = conn.execute(
        text("""
            SELECT work.contributor_id, work.cluster FROM fund_reserve_work AS work
            JOIN fund_reserve_share AS share ON share.id = work.share_id WHERE share.release_id IS NULL
        """)
    ).all()
    assert len(works) == 4  # cat once, though two releases know it; the release that never sold has no part
    assert len({cluster for _, cluster in works}) == pools[None].clusters
    assert year.reserve() == 0
    settle(conn)


def test_without_any_works_the_reserve_stays_and_waits(conn: Connection, year: Year) -> None:
    conn.execute(text("DELETE FROM training_manifest_entry"))
    conn.execute(text("UPDATE model_release SET works = 0, manifest_sha256 = NULL"))
    year.sell("1", release_id="remote")
    year.close()
    report = distribute(conn, 2026, NEW_YEAR)
    assert (report.period, report.distributed, report.kept) == (None, {}, {"USD": usd(6_000)})
    add_release(conn, {"owl": (year.bob, 1)}, "house-late")
    report = distribute(conn, 2027, FixedClock(datetime(2028, 1, 2, tzinfo=UTC)))
    assert report.distributed == {"USD": usd(6_000)}
    settle(conn)


def test_distributing_twice_is_distributing_once(conn: Connection, year: Year) -> None:
    year.sell("1")
    year.close()
    first = distribute(conn, 2026, NEW_YEAR)
    assert distribute(conn, 2026, FEBRUARY) == first
    year.close(NEXT, FEBRUARY)
    assert distribute(conn, 2026, FEBRUARY) == first
    settle(conn)


def test_a_year_must_be_over_and_all_its_months_closed(conn: Connection, year: Year) -> None:
    year.sell("1")
    with pytest.raises(YearNotOver, match="January 2027"):
        distribute(conn, 2026, AFTER)
    with pytest.raises(MonthOpen, match="close 2026-10 first"):
        distribute(conn, 2026, NEW_YEAR)
    year.close()
    distribute(conn, 2027, FixedClock(datetime(2028, 1, 2, tzinfo=UTC)))
    with pytest.raises(LaterYearDistributed, match="2027"):
        distribute(conn, 2026, NEW_YEAR)


def test_currencies_and_what_people_earn_otherwise_stay_apart(conn: Connection, year: Year) -> None:
    year.sell("1")
    year.sell("2", 2, currency="EUR")
    year.close()
    report = distribute(conn, 2026, NEW_YEAR)
    assert report.distributed == {"EUR": Money(2_850, "EUR"), "USD": usd(3_000)}
    picture = add_generated(conn, year.buyer, 3)
    attribute(conn, picture, {"dog": WHOLE_PPB}, {"dog": year.bob})
    sell_one(conn, picture, year.buyer, "january", clock=NEW_YEAR)
    year.close(NEXT, FEBRUARY)
    assert year.owed(year.ann) == 1_500 + 1_500 + 1_500
    assert year.owed(year.ann, "EUR") == 2_850
    assert (year.reserve(), year.reserve("EUR")) == (3_000, 0)
    settle(conn)


def test_a_refund_after_the_distribution_is_taken_back_with_the_next_one(
    conn: Connection, year: Year
) -> None:
    sale = year.sell("1")
    year.close()
    distribute(conn, 2026, NEW_YEAR)
    refund(conn, key="r", sale_id=sale, reason="late", clock=NEW_YEAR)
    year.close(NEXT, FEBRUARY)
    assert (year.owed(year.ann), year.reserve()) == (1_500, -3_000)
    end = FixedClock(datetime(2028, 1, 2, tzinfo=UTC))
    assert distribute(conn, 2027, end).distributed == {"USD": usd(-3_000)}
    year.close("2028-01", end)
    assert (year.owed(year.ann), year.owed(year.bob), year.reserve()) == (0, 0, 0)
    settle(conn)


def test_what_was_distributed_cannot_change(conn: Connection, year: Year) -> None:
    year.sell("1")
    year.close()
    distribute(conn, 2026, NEW_YEAR)
    for change in ("UPDATE fund_reserve_share SET year = 1", "DELETE FROM fund_reserve_work"):
        with pytest.raises(DatabaseError, match="append-only"), conn.begin_nested():
            conn.execute(text(change))


def test_two_distributions_at_once_are_one(engine: Engine) -> None:
    with transaction(engine) as conn:
        year = Year(conn)
        year.sell("1")
        year.close()

    def give(_: int) -> object:
        with transaction(engine) as conn:
            return distribute(conn, 2026, NEW_YEAR)

    with ThreadPoolExecutor(4) as pool:
        assert len({str(each) for each in pool.map(give, range(4))}) == 1
    with transaction(engine) as conn:
        assert ledger.balance(conn, f"fund:{NEXT}", "USD") == usd(-3_000)
        assert run_checks(conn) == []


def test_a_distributed_reserve_is_nothing_to_attribute(year: Year) -> None:
    """It accrues by release and without a picture, which made the attribution of that month fail."""
    year.sell("s1")
    year.close()
    distribute(year.conn, 2026, NEW_YEAR)
    accrued = year.conn.scalars(text("SELECT release_id FROM fund_accrual WHERE source_kind = 'reserve'"))
    assert list(accrued) == ["house-test"]
    assert store.accrued_assets(year.conn, NEXT) == {}
