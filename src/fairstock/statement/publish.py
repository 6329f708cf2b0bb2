"""Publish statements: bytes into the object store, then the row; and once all are there and sealed in an
edition, readable copies in a folder.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import Connection

from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput, Failure
from fairstock.kit.objects import ObjectStore
from fairstock.party import store as parties
from fairstock.statement import store, verify
from fairstock.statement.build import build_many
from fairstock.statement.edition import published
from fairstock.statement.frame import Frame
from fairstock.statement.store import inputs
from fairstock.statement.store.editions import Edition
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
    shared: Frame,
    contributor_ids: Sequence[str],
    *,
    notice: str | None,
    clock: Clock,
) -> int:
    """Store each contributor's statement as JSON (without its proof) and CSV; returns how many got one.

    Unchanged statements keep their revision. Raises ``PeriodStillOpen``, ``StatementDoesNotAddUp`` and
    what the object store raises.
    """
    if shared.rules is None:
        raise PeriodStillOpen(shared.period)
    statements = build_many(conn, shared, contributor_ids, notice=notice)
    files = [data for each in statements for data in (as_json(each), as_csv(each))]
    with ThreadPoolExecutor(WRITERS) as pool:
        digests = list(pool.map(objects.put, files))
    for place, statement in enumerate(statements):
        store.record_issue(
            conn,
            shared.period,
            statement.contributor_id,
            json_sha256=digests[2 * place],
            csv_sha256=digests[2 * place + 1],
            at=clock.now(),
        )
    return len(statements)


def copy_to(
    conn: Connection, objects: ObjectStore, folder: Path, period: str, contributor_ids: Sequence[str]
) -> int:
    """Write ``<handle>.json`` (with its proof) and ``<handle>.csv`` of the newest edition; returns how many.

    Raises ``FolderUnwritable``.
    """
    people = parties.many(conn, contributor_ids)
    found = published(conn, objects, period, contributor_ids)
    for who, files in found.items():
        _place(folder / f"{people[who].handle}.json", files.json)
        _place(folder / f"{people[who].handle}.csv", files.csv)
    return len(found)


def copy_root(objects: ObjectStore, folder: Path, edition: Edition, inputs: Iterable[str]) -> None:
    """Write ``_root.json``, the inputs of large pools, and the verifier itself; raises
    ``FolderUnwritable``.
    """
    _place(folder / "_root.json", objects.get(edition.document_sha256))
    for digest in inputs:
        _place(folder / f"_inputs-{digest[:16]}.json", objects.get(digest))
    _place(folder / "_verify.py", Path(verify.__file__).read_bytes())


def publish_sources(
    conn: Connection, objects: ObjectStore, folder: Path, shared: Frame, *, notice: str | None
) -> str:
    """Write ``_sources.csv``, every sale and deal of the period with the pools it paid into; returns its
    SHA-256.
    """
    rows = inputs.sources(conn, [pool.id for pool in shared.pools])
    data = sources_csv(((row.pool_id, shared.source_line(row)) for row in rows), notice)
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
