"""Divides a month's fund among the contributors and books it.

accruals of the period → pools by rule (floor, influence, deal) → whole micro-units for each work →
contributors' balances and the reserve in the ledger → the period is frozen

All of it is one transaction: a run that is killed leaves the period open, and the next one does it all.
"""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger, task

from fairstock.bootstrap import get_app
from fairstock.fund import store as fund
from fairstock.fund.close import close
from fairstock.kit.months import month_of
from flows import _artifacts as artifacts
from flows._amounts import micros, said
from flows._retry import unless_hopeless

SHOWN = 20
"""Contributors in the run's summary; statements show everybody their own."""


@flow(name="close_period", flow_run_name="close_period {period}")
def close_period(period: str, allow_unattributed: bool = False) -> dict[str, Any]:
    """Close ``period`` (YYYY-MM) and say what came of it; a closed one is only reported.

    Sold pictures must have been attributed, unless ``allow_unattributed`` lets their influence part go to the
    reserve. Amounts come back by currency, in micro-units.

    Args:
        period: A calendar month in UTC, such as 2026-10.
        allow_unattributed: Close although pictures are not attributed; their part goes to the reserve.
    """
    summary = divide_and_book(period, allow_unattributed=allow_unattributed)
    show(period)
    get_run_logger().info(
        "%s is closed: %s accrued, %s went to %d contributors, %s to the reserve.",
        period,
        said(summary["accrued"]),
        said(summary["allocated"]),
        summary["contributors"],
        said(summary["reserve"]),
    )
    return summary


@task(name="divide and book", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def divide_and_book(period: str, *, allow_unattributed: bool) -> dict[str, Any]:
    """Close the period in one transaction."""
    app = get_app()
    if period == month_of(app.clock.now()):
        get_run_logger().warning(
            "%s is not over: what is sold in the rest of it counts in the next month.", period
        )
    with app.transaction() as conn:
        report = close(conn, period, app.clock, allow_unattributed=allow_unattributed)
    return {
        "period": report.period,
        "policy_version": report.policy_version,
        "input_digest": report.input_digest,
        "merkle_root": report.merkle_root,
        "contributors": report.contributors,
        "accrued": micros(report.accrued),
        "allocated": micros(report.allocated),
        "reserve": micros(report.reserve),
    }


@task(name="show the division")
def show(period: str) -> None:
    """Leave the pools and those who earned most as artifacts."""
    with get_app().transaction() as conn:
        pools = fund.pools_of(conn, period)
        earners = fund.top_earners(conn, period, limit=SHOWN)
    rows = [
        {
            "rule": pool.part,
            "of": pool.release_id or pool.deal_id or "models without a manifest",
            "sales or deals": pool.sources,
            "amount": pool.amount,
            "clusters": pool.clusters,
            "to contributors": pool.allocated,
            "to the reserve": pool.reserve,
            "because": pool.reserve_reason,
        }
        for pool in pools
    ]
    artifacts.table("close-period", rows, f"How the fund of {period} was divided")
    artifacts.table("close-period-earners", earners, f"Who earned most in {period}")
