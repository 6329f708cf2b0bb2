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
from fairstock.payout.model import Hold, Order, Outcome, Withholding
from fairstock.payout.store.taxes import withheld_from


def ordered(conn: Connection, period: str) -> frozenset[tuple[str, str]]:
    """(Contributor, currency) of the period's payments that were ordered already."""
    query = select(tables.payout.c.contributor_id, tables.payout.c.currency).where(
        tables.payout.c.period == period
    )
    return frozenset((contributor, currency) for contributor, currency in conn.execute(query))


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
            "withheld_micros": (order.gross - order.amount).micros,
        }
        for order in orders
    ]
    if rows:
        conn.execute(insert(tables.payout), rows)


def add_holds(
    conn: Connection,
    period: str,
    holds: Iterable[tuple[str, Money, Sequence[Hold]]],
    policy_version: str,
    at: datetime,
) -> None:
    """Note why balances were not paid, given as (contributor, balance, reasons); a reason noted before stays
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
        for contributor, balance, reasons in holds
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
    wanted = list(payout_ids)
    query = select(tables.payout).where(tables.payout.c.id.in_(wanted)).order_by(tables.payout.c.id)
    withheld = withheld_from(conn, wanted)
    return {row.id: _order(row, withheld.get(row.id, ())) for row in conn.execute(query)}


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


def add_takebacks(conn: Connection, taken: Sequence[Outcome]) -> list[Outcome]:
    """Write that the bank took payments back; returns those that were not known before."""
    if not taken:
        return []
    rows = [
        {
            "payout_id": each.payout_id,
            "bank_reference": each.bank_reference,
            "reason": each.reason,
            "taken_at": each.decided_at,
        }
        for each in taken
    ]
    written = insert(tables.takeback).on_conflict_do_nothing().returning(tables.takeback.c.payout_id)
    fresh = set(conn.scalars(written, rows))
    return [each for each in taken if each.payout_id in fresh]


def paid_since(conn: Connection, since: datetime) -> list[str]:
    """Orders that were paid then or later and not taken back so far, by id."""
    query = (
        select(tables.outcome.c.payout_id)
        .outerjoin(tables.takeback, tables.takeback.c.payout_id == tables.outcome.c.payout_id)
        .where(
            tables.outcome.c.state == "paid",
            tables.outcome.c.decided_at >= since,
            tables.takeback.c.payout_id.is_(None),
        )
        .order_by(tables.outcome.c.payout_id)
    )
    return list(conn.scalars(query))


def _order(row: Row[Any], withheld: Sequence[Withholding]) -> Order:
    by_authority: dict[str, Money] = {}
    for line in withheld:
        if line.amount:
            before = by_authority.get(line.authority, Money.zero(row.currency))
            by_authority[line.authority] = before + line.amount
    return Order(
        withheld=by_authority,
        id=row.id,
        contributor_id=row.contributor_id,
        period=row.period,
        amount=Money(row.amount_micros, row.currency),
        method=row.method,
        reference=row.reference,
        created_at=row.created_at,
    )
