"""SQL on refunds: what was given back, and from which pools of earlier periods it is taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, func, select, text
from sqlalchemy.dialects.postgresql import insert

from fairstock.fund import tables
from fairstock.fund.model import Pool, Refund, RefundKind
from fairstock.fund.store.pools import pool_of
from fairstock.kit.money import Money

_ORIGINS = text("""
    SELECT pool.*, divided.policy_version, taken.refunds, taken.micros
    FROM (SELECT origin_id, count(*) AS refunds, CAST(sum(amount_micros) AS bigint) AS micros
          FROM refund_take_back WHERE period = :period GROUP BY origin_id) AS taken
    JOIN fund_pool AS pool ON pool.id = taken.origin_id
    JOIN fund_period AS divided ON divided.id = pool.period
    ORDER BY pool.id
""")

_POUR_BACK = text("""
    INSERT INTO fund_inflow (pool_id, accrual_id, amount_micros)
    SELECT :pool, accrual_id, amount_micros
    FROM refund_take_back WHERE period = :period AND origin_id = :origin
""")


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


def origins(conn: Connection, period: str) -> Iterator[tuple[Pool, str, int, int]]:
    """Pools of earlier periods from which refunds of ``period`` take back, each with the version of the
    policy that divided it, the number of refunds, and their sum in micro-units (negative).
    """
    for row in conn.execute(_ORIGINS, {"period": period}).all():
        yield pool_of(row), row.policy_version, row.refunds, row.micros


def pour_back(conn: Connection, pool_id: str, period: str, origin_id: str) -> None:
    """Note what each refund takes back from the pool ``origin_id``, as inflow of the pool that mirrors it."""
    conn.execute(_POUR_BACK, {"pool": pool_id, "period": period, "origin": origin_id})


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
