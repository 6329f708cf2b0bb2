"""All SQL of provenance: the register of watermarks, which leads from a payload to the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.provenance.model import Mark
from fairstock.provenance.tables import provenance_mark


def add_marks(conn: Connection, marks: Mapping[str, Mark], at: datetime) -> None:
    """Register what is in the pixels of each asset; one that is registered already keeps its row."""
    rows = [
        {
            "asset_id": asset_id,
            "method": mark.method,
            "payload": mark.payload,
            "reason": mark.reason,
            "marked_at": at,
        }
        for asset_id, mark in sorted(marks.items())
    ]
    if rows:
        conn.execute(insert(provenance_mark).on_conflict_do_nothing(), rows)


def assets_of(conn: Connection, payload: bytes) -> list[str]:
    """Ids of the assets that carry a payload: none for a foreign one, hardly ever more than one."""
    table = provenance_mark.c
    query = select(table.asset_id).where(table.payload == payload).order_by(table.marked_at, table.asset_id)
    return list(conn.scalars(query))


def mark_of(conn: Connection, asset_id: str) -> Mark | None:
    """What is registered of an asset; None for works that were not made here."""
    table = provenance_mark.c
    query = select(table.method, table.payload, table.reason).where(table.asset_id == asset_id)
    row = conn.execute(query).one_or_none()
    return None if row is None else Mark(*row)
