"""Gives a year's reserve to the contributors.

what the months of the year could not give to anybody → shares, by the works of each release → the fund of the
open month, whose close divides them one vote a cluster and puts them on statements

A year is distributed once; a second run only reports it.
"""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger, task

from fairstock.bootstrap import get_app
from fairstock.fund.reserve import distribute
from flows import _artifacts as artifacts
from flows._amounts import micros, said
from flows._retry import unless_hopeless


@flow(name="distribute_reserve", flow_run_name="distribute_reserve {year}")
def distribute_reserve(year: int) -> dict[str, Any]:
    """Distribute the reserve of ``year``; all its months must be closed.

    Amounts come back by currency, in micro-units: ``distributed``, and ``kept`` where no release has works.

    Args:
        year: A year that is over, such as 2026.
    """
    summary = move_to_the_open_month(year)
    rows = [
        {"year": year, "currency": currency, "micro-units": each, "on statements of": summary["period"]}
        for currency, each in summary["distributed"].items()
    ]
    artifacts.table("distribute-reserve", rows, f"The reserve of {year}")
    get_run_logger().info(
        "%s of the reserve of %d go to contributors, on the statements of %s.",
        said(summary["distributed"]) if summary["distributed"] else "Nothing",
        year,
        summary["period"] or "no month",
    )
    return summary


@task(name="move to the open month", retries=2, retry_delay_seconds=2, retry_condition_fn=unless_hopeless)
def move_to_the_open_month(year: int) -> dict[str, Any]:
    """Write and book the shares in one transaction."""
    app = get_app()
    with app.transaction() as conn:
        report = distribute(conn, year, app.clock)
    return {
        "year": report.year,
        "period": report.period,
        "distributed": micros(report.distributed),
        "kept": micros(report.kept),
    }
