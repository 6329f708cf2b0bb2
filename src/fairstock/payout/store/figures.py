"""SQL on payouts for people: statements and the summaries of a run."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from fairstock.kit.money import Money
from fairstock.payout import tables
from fairstock.payout.model import Hold, PayoutLine


def payouts_of(conn: Connection, period: str, contributor_ids: Iterable[str]) -> list[PayoutLine]:
    """The period's payouts of these contributors, by contributor and currency."""
    query = (
        select(tables.payout, tables.outcome)
        .outerjoin(tables.outcome)
        .where(tables.payout.c.period == period, tables.payout.c.contributor_id.in_(list(contributor_ids)))
        .order_by(tables.payout.c.contributor_id, tables.payout.c.currency)
    )
    return [
        PayoutLine(
            payout_id=row.id,
            contributor_id=row.contributor_id,
            amount=Money(row.amount_micros, row.currency),
            method=row.method,
            state=row.state or "in_transit",
            bank_reference=row.bank_reference or "",
            reason=row.reason or "",
        )
        for row in conn.execute(query)
    ]


def holds_of(
    conn: Connection, period: str, contributor_ids: Iterable[str]
) -> dict[tuple[str, str], tuple[Hold, ...]]:
    """(Contributor, currency) → why the period's balance was held."""
    query = (
        select(tables.hold.c.contributor_id, tables.hold.c.currency, tables.hold.c.reason)
        .where(tables.hold.c.period == period, tables.hold.c.contributor_id.in_(list(contributor_ids)))
        .order_by(tables.hold.c.contributor_id, tables.hold.c.currency, tables.hold.c.reason)
    )
    found: dict[tuple[str, str], tuple[Hold, ...]] = {}
    for contributor, currency, reason in conn.execute(query):
        key = (contributor, currency)
        found[key] = (*found.get(key, ()), Hold(reason))
    return found


def contributors_paid(conn: Connection, period: str) -> int:
    """Contributors who were paid anything for the period."""
    query = (
        select(func.count(tables.payout.c.contributor_id.distinct()))
        .join(tables.outcome)
        .where(tables.payout.c.period == period, tables.outcome.c.state == "paid")
    )
    return conn.scalars(query).one()


def totals(conn: Connection, period: str) -> dict[str, dict[str, tuple[int, Money]]]:
    """State (paid, returned, in_transit) → currency → (orders, sum) of the period."""
    state = func.coalesce(tables.outcome.c.state, "in_transit")
    query = (
        select(state, tables.payout.c.currency, func.count(), func.sum(tables.payout.c.amount_micros))
        .select_from(tables.payout)
        .outerjoin(tables.outcome)
        .where(tables.payout.c.period == period)
        .group_by(state, tables.payout.c.currency)
    )
    found: dict[str, dict[str, tuple[int, Money]]] = {"paid": {}, "returned": {}, "in_transit": {}}
    for name, currency, count, micros in conn.execute(query):
        found[name][currency] = (count, Money(int(micros), currency))
    return found
