"""What is said between staff and a contributor about an upload: requests, answers, appeals, withdrawals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, RowMapping, Table, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.screening.cases import Answer, Appeal, Request
from fairstock.screening.tables import (
    screening_answer,
    screening_appeal,
    screening_request,
    screening_withdrawal,
)

Said = TypeVar("Said")


def add_request(conn: Connection, request: Request) -> None:
    """Store a reviewer's request; the same again is a no-op."""
    conn.execute(insert(screening_request).values(asdict(request)).on_conflict_do_nothing())


def requests(conn: Connection, upload_ids: Iterable[str]) -> dict[str, list[Request]]:
    """Upload id → what reviewers asked for, oldest first."""
    return _by_upload(conn, screening_request, "asked_at", upload_ids, lambda row: Request(**row))


def add_answer(conn: Connection, answer: Answer) -> None:
    """Store what a contributor sends; the same again is a no-op."""
    values = asdict(answer)
    values["bytes"] = values.pop("size")
    conn.execute(insert(screening_answer).values(values).on_conflict_do_nothing())


def answers(conn: Connection, upload_ids: Iterable[str]) -> dict[str, list[Answer]]:
    """Upload id → what its contributor sent, oldest first."""
    return _by_upload(conn, screening_answer, "answered_at", upload_ids, _answer)


def add_appeal(conn: Connection, appeal: Appeal) -> None:
    """Store an appeal; the same again is a no-op."""
    conn.execute(insert(screening_appeal).values(asdict(appeal)).on_conflict_do_nothing())


def appeals(conn: Connection, upload_ids: Iterable[str]) -> dict[str, list[Appeal]]:
    """Upload id → the appeals about it, oldest first."""
    return _by_upload(conn, screening_appeal, "opened_at", upload_ids, lambda row: Appeal(**row))


def appeals_by_id(conn: Connection, appeal_ids: Iterable[str]) -> dict[str, Appeal]:
    """Appeal id → appeal, for those that exist."""
    query = select(screening_appeal).where(screening_appeal.c.id.in_(list(appeal_ids)))
    return {row["id"]: Appeal(**row) for row in conn.execute(query).mappings()}


def add_withdrawal(conn: Connection, upload_id: str, contributor_id: str, at: datetime) -> None:
    """Note that a contributor took an upload back; again is a no-op."""
    row = {"upload_id": upload_id, "contributor_id": contributor_id, "withdrawn_at": at}
    conn.execute(insert(screening_withdrawal).values(row).on_conflict_do_nothing())


def _by_upload(
    conn: Connection, table: Table, when: str, upload_ids: Iterable[str], made: Callable[[RowMapping], Said]
) -> dict[str, list[Said]]:
    """Upload id → what the table's rows about it say, oldest first by the column ``when``."""
    query = select(table).where(table.c.upload_id.in_(list(upload_ids))).order_by(table.c[when], table.c.id)
    found: dict[str, list[Said]] = {}
    for row in conn.execute(query).mappings():
        found.setdefault(row["upload_id"], []).append(made(row))
    return found


def _answer(row: RowMapping) -> Answer:
    values = dict(row)
    values["size"] = values.pop("bytes")
    return Answer(**values)
