"""Publishes every contributor's statement of a closed period.

inputs of large pools → earnings, balance, payout → statement → JSON and CSV into the object store →
record of the issue → one Merkle root over all statements, sealed as an edition → readable copies in
``<home>/statements/<period>/``: ``<handle>.json`` and ``.csv``, ``_root.json``, ``_sources.csv`` with
all sales, and ``_verify.py``, which checks a statement without trusting anybody

Statements that did not change keep their revision, and if none changed the edition stays the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task

from fairstock.bootstrap import get_app
from fairstock.kit.months import checked_month
from fairstock.statement import store
from fairstock.statement.edition import seal
from fairstock.statement.frame import frame
from fairstock.statement.large import publish_inputs
from fairstock.statement.publish import INVENTED, copy_root, copy_to, publish, publish_sources
from flows import _artifacts as artifacts
from flows._retry import unless_hopeless

BATCH = 100
"""Contributors in one task and one transaction."""


@flow(name="publish_statements", flow_run_name="publish_statements {period}")
def publish_statements(period: str) -> dict[str, Any]:
    """Publish the statements of ``period`` (YYYY-MM, closed); returns how many, their root, and the folder of
    the copies.

    Args:
        period: A calendar month in UTC, such as 2026-10.
    """
    contributors = find_recipients(checked_month(period))
    batches = [contributors[i : i + BATCH] for i in range(0, len(contributors), BATCH)]
    folder = str(get_app().home / "statements" / period)
    inputs = publish_large_pools(period)
    written = sum(publish_batch(period, batch) for batch in batches)
    root = seal_edition(period, folder, inputs)
    for batch in batches:
        copy_batch(period, folder, batch)
    sources = publish_all_sources(period, folder)
    summary = {"statements": written, "folder": folder, "root": root, "sources_sha256": sources}
    artifacts.table("publish-statements", [{"period": period, **summary}], f"Statements of {period}")
    get_run_logger().info("%d contributors have their statement of %s, in %s.", written, period, folder)
    return summary


@task(name="find recipients")
def find_recipients(period: str) -> list[str]:
    """Everybody who earned, was paid or is owed something."""
    with get_app().transaction() as conn:
        return store.recipients(conn, period)


@task(name="publish large pools", retries=2, retry_delay_seconds=1, retry_condition_fn=unless_hopeless)
def publish_large_pools(period: str) -> list[str]:
    """Store what decided pools that are too large for a statement; returns the SHA-256 of all such files."""
    app = get_app()
    with app.transaction() as conn:
        publish_inputs(conn, app.objects, frame(conn, period))
        return sorted({digest for pool in frame(conn, period).pools for digest in pool.inputs})


@task(name="publish statements", retries=2, retry_delay_seconds=1, retry_condition_fn=unless_hopeless)
def publish_batch(period: str, contributor_ids: Sequence[str]) -> int:
    """Write some contributors' statements; bytes first, then the record."""
    app = get_app()
    with app.transaction() as conn:
        shared = frame(conn, period)
        return publish(conn, app.objects, shared, contributor_ids, notice=_notice(), clock=app.clock)


@task(name="seal the edition", retries=2, retry_delay_seconds=1, retry_condition_fn=unless_hopeless)
def seal_edition(period: str, folder: str, inputs: Sequence[str]) -> str:
    """Put all statements under one root, publish it beside the verifier, and return it."""
    app = get_app()
    with app.transaction() as conn:
        edition = seal(conn, app.objects, frame(conn, period), notice=_notice(), clock=app.clock)
        copy_root(app.objects, Path(folder), edition, inputs)
    return edition.root


@task(name="copy statements", retries=2, retry_delay_seconds=1, retry_condition_fn=unless_hopeless)
def copy_batch(period: str, folder: str, contributor_ids: Sequence[str]) -> int:
    """Put some contributors' published files into the folder."""
    app = get_app()
    with app.transaction() as conn:
        return copy_to(conn, app.objects, Path(folder), period, contributor_ids)


@task(name="publish the period's sales", retries=2, retry_delay_seconds=1, retry_condition_fn=unless_hopeless)
def publish_all_sources(period: str, folder: str) -> str:
    """Write the list of all sales and deals."""
    app = get_app()
    with app.transaction() as conn:
        return publish_sources(conn, app.objects, Path(folder), frame(conn, period), notice=_notice())


def _notice() -> str | None:
    """What every document must say first where this home's money is invented."""
    return INVENTED if get_app().settings.invented_money else None
