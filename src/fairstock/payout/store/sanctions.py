"""SQL on likenesses with sanction lists, and on those that staff cleared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.errors import NotFound
from fairstock.kit.ids import derived_id
from fairstock.payout import tables
from fairstock.payout.model import SanctionHit


class NoSuchHit(NotFound):
    """No likeness has this id."""

    def __init__(self, hit_id: str) -> None:
        self.hit_id = hit_id
        super().__init__(
            f"No hit on a sanction list is called {hit_id!r}.", remedy="look at the list of hits"
        )


@dataclass(frozen=True, slots=True)
class RecordedHit:
    """A likeness as it was found."""

    id: str
    contributor_id: str
    entry: str
    listed: str
    matched: str
    list_version: str
    found_at: datetime


def add_hits(
    conn: Connection, found: Mapping[str, Sequence[SanctionHit]], list_version: str, at: datetime
) -> frozenset[str]:
    """Note likenesses, given as contributor → hits, each once; returns the contributors with one that nobody
    has cleared.

    The same entry with the same name stays cleared when the list gets a new version; another name does not.
    """
    rows = [
        {
            "id": derived_id("hit", contributor, hit.entry, hit.listed, hit.matched),
            "contributor_id": contributor,
            "entry": hit.entry,
            "listed": hit.listed,
            "matched": hit.matched,
            "list_version": list_version,
            "found_at": at,
        }
        for contributor, hits in found.items()
        for hit in hits
    ]
    if not rows:
        return frozenset()
    conn.execute(insert(tables.sanction_hit).on_conflict_do_nothing(), rows)
    cleared = set(
        conn.scalars(
            select(tables.sanction_clearance.c.hit_id).where(
                tables.sanction_clearance.c.hit_id.in_([row["id"] for row in rows])
            )
        )
    )
    return frozenset(str(row["contributor_id"]) for row in rows if row["id"] not in cleared)


def open_hits(conn: Connection, contributor_ids: Iterable[str] | None = None) -> list[RecordedHit]:
    """Likenesses that nobody has cleared, oldest first; of everybody, or of these contributors."""
    query = (
        select(tables.sanction_hit)
        .outerjoin(tables.sanction_clearance)
        .where(tables.sanction_clearance.c.hit_id.is_(None))
        .order_by(tables.sanction_hit.c.found_at, tables.sanction_hit.c.id)
    )
    if contributor_ids is not None:
        query = query.where(tables.sanction_hit.c.contributor_id.in_(list(contributor_ids)))
    return [RecordedHit(**row) for row in conn.execute(query).mappings()]


def clear_hit(conn: Connection, hit_id: str, staff_id: str, reason: str, at: datetime) -> bool:
    """Note that a likeness is somebody else; False where it was cleared before. Raises ``NoSuchHit``."""
    if conn.scalar(select(tables.sanction_hit.c.id).where(tables.sanction_hit.c.id == hit_id)) is None:
        raise NoSuchHit(hit_id)
    row = {"hit_id": hit_id, "cleared_by": staff_id, "reason": reason, "cleared_at": at}
    written = insert(tables.sanction_clearance).values(row).on_conflict_do_nothing()
    return conn.execute(written.returning(tables.sanction_clearance.c.hit_id)).one_or_none() is not None
