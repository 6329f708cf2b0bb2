"""Publish statements: bytes into the object store, then the row, then the readable copy in a folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import Connection

from fairstock.fund import store as fund
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput, Failure
from fairstock.kit.objects import ObjectStore
from fairstock.statement import store
from fairstock.statement.build import build_many
from fairstock.statement.frame import Frame
from fairstock.statement.write import as_csv, as_json, sources_csv

INVENTED = (
    "The money in this statement is invented: it comes from a demonstration, and nobody was or will be paid."
)
"""The notice of a demo's statements."""


WRITERS = 8
"""Objects stored at a time: each waits for the disk or the network, and together they wait once."""


class PeriodStillOpen(BadInput):
    """Statements are published of closed periods only."""

    def __init__(self, period: str) -> None:
        self.period = period
        super().__init__(f"The period {period} is still open.", remedy=f"run close_period for {period} first")


class FolderUnwritable(Failure):
    """The folder for statements takes no files."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        super().__init__(
            f"Statements cannot be written to {folder}: {reason}.", remedy="make room or give permission"
        )


def publish(
    conn: Connection,
    objects: ObjectStore,
    folder: Path,
    shared: Frame,
    contributor_ids: Sequence[str],
    *,
    notice: str | None,
    clock: Clock,
) -> int:
    """Write ``<handle>.json`` and ``<handle>.csv`` of each contributor; returns how many got a statement.

    Unchanged statements are written over with the same bytes and keep their revision. Raises
    ``PeriodStillOpen``, ``StatementDoesNotAddUp``, ``FolderUnwritable`` and what the object store raises.
    """
    if shared.rules is None:
        raise PeriodStillOpen(shared.period)
    statements = build_many(conn, shared, contributor_ids, notice=notice)
    files = [data for each in statements for data in (as_json(each), as_csv(each))]
    with ThreadPoolExecutor(WRITERS) as pool:
        digests = list(pool.map(objects.put, files))
    for place, statement in enumerate(statements):
        json_file, csv_file = 2 * place, 2 * place + 1
        store.record_issue(
            conn,
            shared.period,
            statement.contributor_id,
            json_sha256=digests[json_file],
            csv_sha256=digests[csv_file],
            at=clock.now(),
        )
        _place(folder / f"{statement.handle}.json", files[json_file])
        _place(folder / f"{statement.handle}.csv", files[csv_file])
    return len(statements)


def publish_sources(
    conn: Connection, objects: ObjectStore, folder: Path, period: str, *, notice: str | None
) -> str:
    """Write ``_sources.csv``, every sale and deal of the period with the pools it paid into; returns its
    SHA-256.
    """
    pools = [pool.id for pool in fund.pools_of(conn, period)]
    data = sources_csv(store.source_lines(conn, pools).items(), notice)
    digest = objects.put(data)
    _place(folder / "_sources.csv", data)
    return digest


def _place(path: Path, data: bytes) -> None:
    """Put a file in place whole, or leave what was there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(part).replace(path)
        except OSError:
            Path(part).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FolderUnwritable(path.parent, error.strerror or str(error)) from error
