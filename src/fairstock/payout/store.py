"""All SQL of the payout context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.errors import BadInput
from fairstock.kit.ids import new_id
from fairstock.kit.money import Money
from fairstock.payout import tables
from fairstock.payout.model import Account, Hold, Order, Outcome, PayoutLine, PayoutPolicy


class PayoutPolicyChanged(BadInput):
    """A policy that was used already was edited."""

    def __init__(self, version: str) -> None:
        self.version = version
        super().__init__(
            f"The payout policy {version} differs from the one that was used under this version.",
            remedy="give the new thresholds a new version in policy.toml",
        )


def record_policy(conn: Connection, policy: PayoutPolicy, at: datetime) -> None:
    """Keep the policy's text at its first use; raises ``PayoutPolicyChanged`` where the kept text differs."""
    kept = conn.scalar(select(tables.policy.c.body).where(tables.policy.c.version == policy.version))
    if kept is None:
        row = {"version": policy.version, "body": policy.body, "recorded_at": at}
        conn.execute(insert(tables.policy).values(row).on_conflict_do_nothing())
    elif kept != policy.body:
        raise PayoutPolicyChanged(policy.version)


def put_account(conn: Connection, account: Account, at: datetime) -> None:
    """Set where a contributor wants the money; replaces what was there."""
    put_accounts(conn, [account], at)


def put_accounts(conn: Connection, accounts: Sequence[Account], at: datetime) -> None:
    """The same for many."""
    if not accounts:
        return
    rows = [{**asdict(account), "updated_at": at} for account in accounts]
    new = insert(tables.account)
    changed = {column: new.excluded[column] for column in rows[0] if column != "contributor_id"}
    conn.execute(new.on_conflict_do_update(index_elements=["contributor_id"], set_=changed), rows)


def accounts(conn: Connection) -> dict[str, Account]:
    """Contributor → account, for everybody who has one."""
    columns = [column for column in tables.account.c if column.name != "updated_at"]
    return {row["contributor_id"]: Account(**row) for row in conn.execute(select(*columns)).mappings()}


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
