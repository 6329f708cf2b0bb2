"""The flow that gives a year's reserve to the contributors."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from factories.core import add_buyer, add_contributor, usd
from factories.money import add_generated, add_release, sell_one

from fairstock.bootstrap import App
from fairstock.db.checks import run_checks
from fairstock.fund import store as fund
from fairstock.fund.close import close
from fairstock.fund.refund import refund
from fairstock.fund.reserve import MonthOpen, YearNotOver
from fairstock.kit.clock import FixedClock
from fairstock.kit.months import month_of
from flows.distribute_reserve import distribute_reserve

pytestmark = pytest.mark.usefixtures("prefect_harness")

OCTOBER, NOVEMBER = (FixedClock(datetime(2025, month, 5, tzinfo=UTC)) for month in (10, 11))


def test_a_year_is_distributed_once_and_only_when_it_is_complete(app: App) -> None:
    with app.transaction() as conn:
        buyer = add_buyer(conn)
        add_release(conn, {"cat": (add_contributor(conn), 1)})
        sale = sell_one(conn, add_generated(conn, buyer), buyer, "1", clock=OCTOBER)
    with pytest.raises(YearNotOver):
        distribute_reserve(app.clock.now().year)
    with pytest.raises(MonthOpen, match="2025-10"):
        distribute_reserve(2025)
    with app.transaction() as conn:
        close(conn, "2025-10", NOVEMBER, allow_unattributed=True)
    month = month_of(app.clock.now())
    done = distribute_reserve(2025)
    assert done == {"year": 2025, "period": month, "distributed": {"USD": 3_000}, "kept": {}}
    assert distribute_reserve(2025) == done
    with app.transaction() as conn:
        refund(conn, key="r", sale_id=sale.id, amount=usd(20), reason="blurred", clock=app.clock)
        close(conn, month, app.clock)
        totals = fund.period_totals(conn, month)
        assert run_checks(conn) == []
    assert (totals["from_reserve_micros"], totals["refunds"], totals["refunds_micros"]) == (3_000, 1, 20)
    assert totals["payable_micros"] == 3_000 - 3
