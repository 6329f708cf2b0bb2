"""SQL on disputes, their events, and the adjustments that staff decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.money import Money
from fairstock.payout import tables
from fairstock.payout.model import (
    Adjustment,
    AdjustmentKind,
    Against,
    Dispute,
    DisputeEvent,
    DisputeOutcome,
    EventKind,
    SubjectKind,
)

_RESOLVED = exists().where(
    tables.dispute_event.c.dispute_id == tables.dispute.c.id,
    tables.dispute_event.c.kind == EventKind.resolved,
)


def add_dispute(conn: Connection, new: Dispute) -> bool:
    """Write a dispute with its events; False where it was there before."""
    row = {
        "id": new.id,
        "contributor_id": new.contributor_id,
        "period": new.period,
        "subject_kind": new.subject_kind,
        "subject": new.subject,
        "amount_micros": new.amount.micros,
        "currency": new.amount.currency,
        "opened_at": new.opened_at,
    }
    written = insert(tables.dispute).values(row).on_conflict_do_nothing().returning(tables.dispute.c.id)
    if conn.execute(written).one_or_none() is None:
        return False
    for event in new.events:
        add_event(conn, new.id, event)
    return True


def add_event(conn: Connection, dispute_id: str, event: DisputeEvent) -> None:
    """Write what was said next; the database refuses a second decision and a position that is taken."""
    conn.execute(insert(tables.dispute_event).values({"dispute_id": dispute_id, **asdict(event)}))


def dispute(conn: Connection, dispute_id: str, *, lock: bool = False) -> Dispute | None:
    """The dispute of this id; ``lock`` keeps others from adding to it until the transaction ends."""
    query = select(tables.dispute).where(tables.dispute.c.id == dispute_id)
    found = _read(conn, query.with_for_update() if lock else query)
    return found[0] if found else None


def disputes(conn: Connection, *, resolved: bool | None = None, limit: int = 500) -> list[Dispute]:
    """Disputes of everybody, oldest first: all, or only those that are (not) resolved."""
    query = select(tables.dispute).order_by(tables.dispute.c.opened_at, tables.dispute.c.id).limit(limit)
    if resolved is not None:
        query = query.where(_RESOLVED if resolved else ~_RESOLVED)
    return _read(conn, query)


def disputes_of(conn: Connection, contributor_id: str, period: str | None = None) -> list[Dispute]:
    """A contributor's disputes, oldest first; of one period's statement, or of all."""
    return disputes_of_many(conn, [contributor_id], period)


def disputes_of_many(
    conn: Connection, contributor_ids: Sequence[str], period: str | None = None
) -> list[Dispute]:
    """The same of several contributors together."""
    query = (
        select(tables.dispute)
        .where(tables.dispute.c.contributor_id.in_(contributor_ids))
        .order_by(tables.dispute.c.opened_at, tables.dispute.c.id)
    )
    return _read(conn, query if period is None else query.where(tables.dispute.c.period == period))


def open_dispute_of(
    conn: Connection, contributor_id: str, kind: SubjectKind, subject: str
) -> tuple[str, int]:
    """The id of the open dispute about a line (empty where there is none), and how many were resolved."""
    table = tables.dispute.c
    query = select(table.id, _RESOLVED).where(
        table.contributor_id == contributor_id, table.subject_kind == kind, table.subject == subject
    )
    rows = conn.execute(query).all()
    return next((name for name, over in rows if not over), ""), sum(over for _, over in rows)


def disputed(conn: Connection) -> dict[tuple[str, str], int]:
    """(Contributor, currency) → micro-units of earnings about which a dispute is open."""
    table = tables.dispute.c
    query = (
        select(table.contributor_id, table.currency, func.sum(table.amount_micros))
        .where(table.subject_kind == SubjectKind.allocation, table.amount_micros > 0, ~_RESOLVED)
        .group_by(table.contributor_id, table.currency)
    )
    return {(who, currency): int(micros) for who, currency, micros in conn.execute(query)}


def add_adjustment(conn: Connection, new: Adjustment) -> bool:
    """Write a correction; False where it was there before."""
    row = {
        **{key: value for key, value in asdict(new).items() if key != "amount"},
        "amount_micros": new.amount.micros,
        "currency": new.amount.currency,
    }
    written = insert(tables.adjustment).values(row).on_conflict_do_nothing()
    return conn.execute(written.returning(tables.adjustment.c.id)).one_or_none() is not None


def adjustments_of(conn: Connection, dispute_ids: Iterable[str]) -> dict[str, list[Adjustment]]:
    """Dispute → what it came to, in the order of decision."""
    table = tables.adjustment.c
    query = (
        select(tables.adjustment)
        .where(table.dispute_id.in_(list(dispute_ids)))
        .order_by(table.decided_at, table.id)
    )
    found: dict[str, list[Adjustment]] = {}
    for row in conn.execute(query):
        found.setdefault(row.dispute_id, []).append(_adjustment(row))
    return found


def _adjustment(row: Row[Any]) -> Adjustment:
    return Adjustment(
        id=row.id,
        contributor_id=row.contributor_id,
        period=row.period,
        kind=AdjustmentKind(row.kind),
        amount=Money(row.amount_micros, row.currency),
        against=Against(row.against),
        reason=row.reason,
        dispute_id=row.dispute_id,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _read(conn: Connection, query: Select[Any]) -> list[Dispute]:
    rows = conn.execute(query).all()
    events = _events(conn, [row.id for row in rows])
    return [
        Dispute(
            id=row.id,
            contributor_id=row.contributor_id,
            period=row.period,
            subject_kind=SubjectKind(row.subject_kind),
            subject=row.subject,
            amount=Money(row.amount_micros, row.currency),
            opened_at=row.opened_at,
            events=tuple(events.get(row.id, ())),
        )
        for row in rows
    ]


def _events(conn: Connection, dispute_ids: Sequence[str]) -> dict[str, list[DisputeEvent]]:
    table = tables.dispute_event.c
    query = (
        select(tables.dispute_event)
        .where(table.dispute_id.in_(dispute_ids))
        .order_by(table.dispute_id, table.position)
    )
    found: dict[str, list[DisputeEvent]] = {}
    for row in conn.execute(query):
        outcome = DisputeOutcome(row.outcome) if row.outcome else None
        event = DisputeEvent(row.position, EventKind(row.kind), row.party_id, row.text, outcome, row.at)
        found.setdefault(row.dispute_id, []).append(event)
    return found
