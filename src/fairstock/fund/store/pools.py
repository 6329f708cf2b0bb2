"""SQL on the division of a period: its pools, what works earned from them, and totals for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.fund import tables
from fairstock.fund.model import Allocation, Part, Pool, PoolRange, ReserveReason
from fairstock.kit.money import Money


def add_pool(conn: Connection, new: Pool) -> None:
    """Write a pool, of which the rows that are made of it come later in the same transaction."""
    conn.execute(
        insert(tables.pool).values(
            id=new.id,
            period=new.period,
            part=new.part,
            release_id=new.release_id,
            deal_id=new.deal_id,
            method_id=new.method_id,
            reliability_ppb=new.reliability_ppb,
            currency=new.amount.currency,
            sources=new.sources,
            clusters=new.clusters,
            amount_micros=new.amount.micros,
            allocated_micros=new.allocated.micros,
            reserve_micros=new.reserve.micros,
            reserve_reason=new.reserve_reason,
            mirrors_id=new.mirrors_id,
        )
    )


def earnings(conn: Connection, month: str, currency: str) -> dict[str, Money]:
    """Contributor → everything earned in the period, by id."""
    query = (
        select(tables.allocation.c.contributor_id, func.sum(tables.allocation.c.amount_micros))
        .join(tables.pool, tables.pool.c.id == tables.allocation.c.pool_id)
        .where(tables.allocation.c.period == month, tables.pool.c.currency == currency)
        .group_by(tables.allocation.c.contributor_id)
        .order_by(tables.allocation.c.contributor_id)
    )
    return {contributor: Money(int(micros), currency) for contributor, micros in conn.execute(query)}


def contributors(conn: Connection, month: str) -> int:
    """How many people earned anything in the period, whatever the currency."""
    query = select(func.count(tables.allocation.c.contributor_id.distinct())).where(
        tables.allocation.c.period == month
    )
    return int(conn.scalar(query) or 0)


def pools_of(conn: Connection, month: str) -> list[Pool]:
    """The pools of a closed period: by currency, part and id."""
    query = (
        select(tables.pool)
        .where(tables.pool.c.period == month)
        .order_by(tables.pool.c.currency, tables.pool.c.part, tables.pool.c.id)
    )
    return [pool_of(row) for row in conn.execute(query)]


def allocations_of(
    conn: Connection, month: str, contributor_ids: Iterable[str]
) -> dict[str, list[Allocation]]:
    """Contributor → lines of the period, by pool, source and work; everybody asked for has an entry."""
    wanted = list(contributor_ids)
    query = (
        select(*(tables.allocation.c[each.name] for each in fields(Allocation)))
        .where(tables.allocation.c.period == month, tables.allocation.c.contributor_id.in_(wanted))
        .order_by(tables.allocation.c.pool_id, tables.allocation.c.source_id, tables.allocation.c.work_sha256)
    )
    found: dict[str, list[Allocation]] = {contributor: [] for contributor in wanted}
    for row in conn.execute(query).mappings():
        found[row["contributor_id"]].append(Allocation(**row))
    return found


def ranges_of(conn: Connection, month: str) -> list[PoolRange]:
    """By currency: how much people earned in the period, from the least to the most."""
    earned = (
        select(
            tables.pool.c.currency,
            tables.allocation.c.contributor_id,
            func.sum(tables.allocation.c.amount_micros).label("micros"),
        )
        .join(tables.pool, tables.pool.c.id == tables.allocation.c.pool_id)
        .where(tables.allocation.c.period == month)
        .group_by(tables.pool.c.currency, tables.allocation.c.contributor_id)
        .subquery()
    )
    query = (
        select(
            earned.c.currency,
            func.count(),
            func.min(earned.c.micros),
            func.percentile_disc(0.5).within_group(earned.c.micros),
            func.max(earned.c.micros),
        )
        .group_by(earned.c.currency)
        .order_by(earned.c.currency)
    )
    return [
        PoolRange(people, Money(int(low), currency), Money(int(middle), currency), Money(int(high), currency))
        for currency, people, low, middle, high in conn.execute(query)
    ]


def pool_of(row: Row[Any]) -> Pool:
    """The pool that a row of its table describes."""
    return Pool(
        id=row.id,
        period=row.period,
        part=Part(row.part),
        release_id=row.release_id,
        deal_id=row.deal_id,
        method_id=row.method_id,
        reliability_ppb=row.reliability_ppb,
        sources=row.sources,
        clusters=row.clusters,
        amount=Money(row.amount_micros, row.currency),
        allocated=Money(row.allocated_micros, row.currency),
        reserve=Money(row.reserve_micros, row.currency),
        reserve_reason=ReserveReason(row.reserve_reason) if row.reserve_reason else None,
        mirrors_id=row.mirrors_id,
    )
