"""Decide who of a closed period is paid, and move those balances from ``payable`` to ``in_transit``."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection

from fairstock.db.locks import advisory
from fairstock.fund import store as fund
from fairstock.fund.model import PeriodState
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.ledger import store as ledger
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import post_many
from fairstock.payout import store
from fairstock.payout.model import Account, Hold, Order, PayoutPolicy, Prepared
from fairstock.payout.policy import payout_policy_in_force
from fairstock.payout.rules import decide


class PeriodNotClosed(BadInput):
    """Money cannot leave before the period is closed."""

    def __init__(self, period: str) -> None:
        self.period = period
        super().__init__(f"The period {period} is not closed.", remedy=f"run close_period for {period} first")


def prepare(conn: Connection, period: str, clock: Clock, *, policy: PayoutPolicy | None = None) -> Prepared:
    """Order a payment for everybody who is due; nobody is ordered a second one for the same period and
    currency.

    New orders are made for the last closed period only, since they pay the whole balance; for an earlier
    period the orders still in transit are returned. Raises ``PeriodNotClosed``, ``NotAMonth`` and
    ``PayoutPolicyChanged``.
    """
    advisory(conn, "payout:prepare")
    found = fund.period(conn, period)
    if found is None or found.state is not PeriodState.closed:
        raise PeriodNotClosed(period)
    rules = policy or payout_policy_in_force()
    now = clock.now()
    store.record_policy(conn, rules, now)
    new, held = 0, Counter[Hold]()
    if period == fund.latest_closed(conn):
        accounts = store.accounts(conn)
        for currency in fund.currencies(conn):
            orders, reasons = _order(conn, period, currency, accounts=accounts, policy=rules, now=now)
            new += orders
            held += reasons
    return Prepared(tuple(store.in_transit(conn, period)), new, dict(sorted(held.items())))


def _order(
    conn: Connection,
    period: str,
    currency: str,
    *,
    accounts: dict[str, Account],
    policy: PayoutPolicy,
    now: datetime,
) -> tuple[int, Counter[Hold]]:
    """Order payments in one currency; returns how many, and how often each reason held a balance back."""
    done = store.ordered(conn, period, currency)
    orders: list[Order] = []
    holds: dict[str, tuple[Money, tuple[Hold, ...]]] = {}
    for name, balance in ledger.balances(conn, "payable:", currency).items():
        contributor = name.partition(":")[2]
        if contributor in done:
            continue
        account = accounts.get(contributor)
        verdict = decide(-balance, account, policy, now.date())
        if verdict.pay and account:
            orders.append(_new_order(period, account, verdict.pay, now))
        elif verdict.holds:
            holds[contributor] = (-balance, verdict.holds)
    store.add_orders(conn, orders, policy.version)
    store.add_holds(conn, period, holds, policy.version, now)
    post_many(conn, [_transaction(order) for order in orders])
    return len(orders), Counter(reason for _, reasons in holds.values() for reason in reasons)


def _new_order(period: str, account: Account, amount: Money, now: datetime) -> Order:
    identity = derived_id("pay", account.contributor_id, period, amount.currency)
    return Order(identity, account.contributor_id, period, amount, account.method, account.reference, now)


def _transaction(order: Order) -> Transaction:
    return Transaction(
        key=f"payout:{order.id}",
        kind=TransactionKind.payout,
        effective_at=order.created_at,
        postings=(
            Posting(f"payable:{order.contributor_id}", order.amount),
            Posting(f"in_transit:{order.contributor_id}", -order.amount),
        ),
        memo=f"Payout for {order.period}",
        details={"period": order.period},
    )
