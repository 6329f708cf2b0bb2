"""SQL on periods: which one takes an accrual, which are closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from fairstock.fund import tables
from fairstock.fund.model import Period, PeriodState
from fairstock.kit.months import checked_month, month_of, next_month


def accruing_period(conn: Connection, at: datetime) -> str:
    """The period that takes what happened at ``at``: its month, or where that is closed the next open one.

    The period cannot be closed by anybody else until this transaction ends.
    """
    month = month_of(at)
    while True:
        conn.execute(insert(tables.period).values(id=month, state=PeriodState.open).on_conflict_do_nothing())
        state = conn.scalar(
            select(tables.period.c.state).where(tables.period.c.id == month).with_for_update(read=True)
        )
        if state == PeriodState.open:
            return month
        month = next_month(month)


def lock(conn: Connection, month: str) -> Period:
    """The period, made where it is missing, locked against accruals and another close; raises
    ``NotAMonth``.
    """
    row = {"id": checked_month(month), "state": PeriodState.open}
    conn.execute(insert(tables.period).values(row).on_conflict_do_nothing())
    query = select(tables.period).where(tables.period.c.id == month).with_for_update()
    return _period(conn.execute(query).one())


def freeze(
    conn: Connection, month: str, *, policy_version: str, input_digest: str, merkle_root: str, at: datetime
) -> None:
    """Mark the period closed; from here on the database refuses any change to what belongs to it."""
    conn.execute(
        update(tables.period)
        .where(tables.period.c.id == month)
        .values(
            state=PeriodState.closed,
            policy_version=policy_version,
            input_digest=input_digest,
            merkle_root=merkle_root,
            closed_at=at,
        )
    )


def period(conn: Connection, month: str) -> Period | None:
    """The period, or None where nothing has accrued in it yet; raises ``NotAMonth``."""
    row = conn.execute(select(tables.period).where(tables.period.c.id == checked_month(month))).one_or_none()
    return _period(row) if row else None


def periods(conn: Connection) -> list[Period]:
    """Every period, newest first."""
    return [_period(row) for row in conn.execute(select(tables.period).order_by(tables.period.c.id.desc()))]


def latest_closed(conn: Connection) -> str | None:
    """The last month that was closed."""
    query = select(func.max(tables.period.c.id)).where(tables.period.c.state == PeriodState.closed)
    found: str | None = conn.scalar(query)
    return found


def _period(row: Row[Any]) -> Period:
    return Period(
        id=row.id,
        state=PeriodState(row.state),
        policy_version=row.policy_version,
        input_digest=row.input_digest,
        closed_at=row.closed_at,
        merkle_root=row.merkle_root,
    )
