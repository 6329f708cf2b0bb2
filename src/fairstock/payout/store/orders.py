"""SQL on orders, what holds a balance back, and how orders end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.ids import new_id
from fairstock.kit.money import Money
from fairstock.payout import tables
from fairstock.payout.model import Hold, Order, Outcome


def ordered(conn: Connection, period: str, currency: str) -> frozenset[str]:
    """Contributors for whom the period's payment in this currency was ordered already."""
    query = select(tables.payout.c.contributor_id).where(
        tables.payout.c.period == period, tables.payout.c.currency == currency
    )
    return frozenset(conn.scalars(query))


def add_orders(conn: Connection, orders: Sequence[Order], policy_version: str) -> None:
    """Write new orders."""
    rows = [
        {
            "id": order.id,
            "contributor_id": order.contributor_id,
            "period": order.period,
            "amount_micros": order.amount.micros,
            "currency": order.amount.currency,
            "method": order.method,
            "reference": order.reference,
            "policy_version": policy_version,
            "created_at": order.created_at,
        }
        for order in orders
    ]
    if rows:
        conn.execute(insert(tables.payout), rows)


def add_holds(
    conn: Connection,
    period: str,
    holds: Mapping[str, tuple[Money, tuple[Hold, ...]]],
    policy_version: str,
    at: datetime,
) -> None:
    """Note why balances were not paid, given as contributor → (balance, reasons); a reason noted before stays
    as it is.
    """
    rows = [
        {
            "contributor_id": contributor,
            "period": period,
            "currency": balance.currency,
            "reason": reason,
            "balance_micros": balance.micros,
            "policy_version": policy_version,
            "decided_at": at,
        }
        for contributor, (balance, reasons) in holds.items()
        for reason in reasons
    ]
    if rows:
        conn.execute(insert(tables.hold).on_conflict_do_nothing(), rows)


def in_transit(conn: Connection, period: str) -> list[str]:
    """Orders of the period that have not ended, by id."""
    query = (
        select(tables.payout.c.id)
        .outerjoin(tables.outcome)
        .where(tables.payout.c.period == period, tables.outcome.c.payout_id.is_(None))
        .order_by(tables.payout.c.id)
    )
    return list(conn.scalars(query))


def orders(conn: Connection, payout_ids: Iterable[str]) -> dict[str, Order]:
    """The orders by id."""
    query = select(tables.payout).where(tables.payout.c.id.in_(list(payout_ids))).order_by(tables.payout.c.id)
    return {row.id: _order(row) for row in conn.execute(query)}


def outcomes(conn: Connection, payout_ids: Iterable[str]) -> dict[str, Outcome]:
    """How those of the orders ended that have."""
    query = select(tables.outcome).where(tables.outcome.c.payout_id.in_(list(payout_ids)))
    return {row["payout_id"]: Outcome(**row) for row in conn.execute(query).mappings()}


def add_outcomes(conn: Connection, ended: Sequence[Outcome]) -> list[Outcome]:
    """Write how orders ended; returns those that were not ended by somebody else meanwhile."""
    if not ended:
        return []
    written = insert(tables.outcome).on_conflict_do_nothing().returning(tables.outcome.c.payout_id)
    fresh = set(conn.scalars(written, [asdict(each) for each in ended]))
    return [each for each in ended if each.payout_id in fresh]


def add_attempts(conn: Connection, answers: Mapping[str, str], at: datetime) -> None:
    """Note what the bank said, by order."""
    rows = [
        {"id": new_id("att"), "payout_id": payout_id, "answer": answer, "asked_at": at}
        for payout_id, answer in answers.items()
    ]
    if rows:
        conn.execute(insert(tables.attempt), rows)


def _order(row: Row[Any]) -> Order:
    return Order(
        id=row.id,
        contributor_id=row.contributor_id,
        period=row.period,
        amount=Money(row.amount_micros, row.currency),
        method=row.method,
        reference=row.reference,
        created_at=row.created_at,
    )
