"""What is said between staff and a contributor about an upload: requests, answers, appeals, withdrawals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.screening.cases import Answer, Appeal, Request
from fairstock.screening.tables import (
    screening_answer,
    screening_appeal,
    screening_request,
    screening_withdrawal,
)


def add_request(conn: Connection, request: Request) -> None:
    """Store a reviewer's request; the same again is a no-op."""
    conn.execute(insert(screening_request).values(asdict(request)).on_conflict_do_nothing())


def requests(conn: Connection, upload_ids: Iterable[str]) -> dict[str, list[Request]]:
    """Upload id → what reviewers asked for, oldest first."""
    table = screening_request
    query = (
        select(table).where(table.c.upload_id.in_(list(upload_ids))).order_by(table.c.asked_at, table.c.id)
    )
    found: dict[str, list[Request]] = {}
    for row in conn.execute(query).mappings():
        found.setdefault(row["upload_id"], []).append(Request(**row))
    return found


def add_answer(conn: Connection, answer: Answer) -> None:
    """Store what a contributor sends; the same again is a no-op."""
    values = asdict(answer)
    values["bytes"] = values.pop("size")
    conn.execute(insert(screening_answer).values(values).on_conflict_do_nothing())


def answers(conn: Connection, upload_ids: Iterable[str]) -> dict[str, list[Answer]]:
    """Upload id → what its contributor sent, oldest first."""
    table = screening_answer
    query = (
        select(table).where(table.c.upload_id.in_(list(upload_ids))).order_by(table.c.answered_at, table.c.id)
    )
    found: dict[str, list[Answer]] = {}
    for row in conn.execute(query).mappings():
        values = dict(row)
        values["size"] = values.pop("bytes")
        found.setdefault(row["upload_id"], []).append(Answer(**values))
    return found


def add_appeal(conn: Connection, appeal: Appeal) -> None:
    """Store an appeal; the same again is a no-op."""
    conn.execute(insert(screening_appeal).values(asdict(appeal)).on_conflict_do_nothing())


def appeals(conn: Connection, upload_ids: Iterable[str]) -> dict[str, list[Appeal]]:
    """Upload id → the appeals about it, oldest first."""
    table = screening_appeal
    query = (
        select(table).where(table.c.upload_id.in_(list(upload_ids))).order_by(table.c.opened_at, table.c.id)
    )
    found: dict[str, list[Appeal]] = {}
    for row in conn.execute(query).mappings():
        found.setdefault(row["upload_id"], []).append(Appeal(**row))
    return found


def appeals_by_id(conn: Connection, appeal_ids: Iterable[str]) -> dict[str, Appeal]:
    """Appeal id → appeal, for those that exist."""
    query = select(screening_appeal).where(screening_appeal.c.id.in_(list(appeal_ids)))
    return {row["id"]: Appeal(**row) for row in conn.execute(query).mappings()}


def add_withdrawal(conn: Connection, upload_id: str, contributor_id: str, at: datetime) -> None:
    """Note that a contributor took an upload back; again is a no-op."""
    row = {"upload_id": upload_id, "contributor_id": contributor_id, "withdrawn_at": at}
    conn.execute(insert(screening_withdrawal).values(row).on_conflict_do_nothing())
