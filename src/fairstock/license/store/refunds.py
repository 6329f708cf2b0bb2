"""SQL on refunds: what buyers were given back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.money import Money
from fairstock.license import tables
from fairstock.license.model import Refund, RefundKind


def add_refund(conn: Connection, new: Refund) -> None:
    """Write a refund; its key must be new. The database refuses more than the price."""
    conn.execute(
        insert(tables.refund).values(
            id=new.id,
            key=new.key,
            sale_id=new.sale_id,
            deal_id=new.deal_id,
            kind=new.kind,
            amount_micros=new.amount.micros,
            before_micros=new.before.micros,
            fund_micros=new.fund.micros,
            fund_before_micros=new.fund_before.micros,
            currency=new.amount.currency,
            reason=new.reason,
            refunded_at=new.refunded_at,
        )
    )


def find_refund(conn: Connection, key: str) -> Refund | None:
    """The refund that was made under the caller's key."""
    row = conn.execute(select(tables.refund).where(tables.refund.c.key == key)).one_or_none()
    return _refund(row) if row else None


def refunds_of(conn: Connection, source_id: str) -> list[Refund]:
    """What was given back of a sale or deal, first one first."""
    table = tables.refund
    query = (
        select(table)
        .where((table.c.sale_id == source_id) | (table.c.deal_id == source_id))
        .order_by(table.c.before_micros)
    )
    return [_refund(row) for row in conn.execute(query)]


def refunded(conn: Connection, source_id: str, currency: str) -> tuple[Money, Money]:
    """What was given back of a sale or deal so far, and the fund's part of it."""
    table = tables.refund
    query = select(
        func.coalesce(func.sum(table.c.amount_micros), 0), func.coalesce(func.sum(table.c.fund_micros), 0)
    ).where((table.c.sale_id == source_id) | (table.c.deal_id == source_id))
    whole, fund = conn.execute(query).one()
    return Money(int(whole), currency), Money(int(fund), currency)


def _refund(row: Row[Any]) -> Refund:
    return Refund(
        id=row.id,
        key=row.key,
        sale_id=row.sale_id,
        deal_id=row.deal_id,
        kind=RefundKind(row.kind),
        amount=Money(row.amount_micros, row.currency),
        before=Money(row.before_micros, row.currency),
        fund=Money(row.fund_micros, row.currency),
        fund_before=Money(row.fund_before_micros, row.currency),
        reason=row.reason,
        refunded_at=row.refunded_at,
    )
