"""Publishes every contributor's statement of a closed period.

earnings, balance, payout → statement → JSON and CSV into the object store → record of the issue → readable
copies in ``<home>/statements/<period>/<handle>.json`` and ``.csv``, with all sales of the period in
``_sources.csv``

Statements that did not change are written again with the same bytes; a changed one gets a new revision.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task

from fairstock.bootstrap import get_app
from fairstock.kit.months import checked_month
from fairstock.statement import store
from fairstock.statement.frame import frame
from fairstock.statement.publish import INVENTED, publish, publish_sources
from flows import _artifacts as artifacts
from flows._retry import unless_hopeless

BATCH = 100
"""Contributors in one task and one transaction."""


@flow(name="publish_statements")
def publish_statements(period: str) -> dict[str, Any]:
    """Publish the statements of ``period`` (YYYY-MM, closed); returns how many, and the folder of
    the copies.
    """
    contributors = find_recipients(checked_month(period))
    folder = str(get_app().home / "statements" / period)
    written = sum(
        publish_batch(period, folder, contributors[i : i + BATCH]) for i in range(0, len(contributors), BATCH)
    )
    sources = publish_all_sources(period, folder)
    summary = {"statements": written, "folder": folder, "sources_sha256": sources}
    artifacts.table("publish-statements", [{"period": period, **summary}], f"Statements of {period}")
    get_run_logger().info("%d contributors have their statement of %s, in %s.", written, period, folder)
    return summary


@task(name="find recipients")
def find_recipients(period: str) -> list[str]:
    """Everybody who earned, was paid or is owed something."""
    with get_app().transaction() as conn:
        return store.recipients(conn, period)


@task(name="publish statements", retries=2, retry_delay_seconds=1, retry_condition_fn=unless_hopeless)
def publish_batch(period: str, folder: str, contributor_ids: Sequence[str]) -> int:
    """Write some contributors' statements; bytes first, then the record."""
    app = get_app()
    with app.transaction() as conn:
        shared = frame(conn, period)
        return publish(
            conn, app.objects, Path(folder), shared, contributor_ids, notice=_notice(), clock=app.clock
        )


@task(name="publish the period's sales", retries=2, retry_delay_seconds=1, retry_condition_fn=unless_hopeless)
def publish_all_sources(period: str, folder: str) -> str:
    """Write the list of sales and deals to which the statements refer."""
    app = get_app()
    with app.transaction() as conn:
        return publish_sources(conn, app.objects, Path(folder), period, notice=_notice())


def _notice() -> str | None:
    """What every document must say first where this home's money is invented."""
    return INVENTED if get_app().settings.invented_money else None
