"""Decide who of a closed period is paid, and move those balances from ``payable`` to ``in_transit``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection

from fairstock.db.locks import advisory
from fairstock.fund import store as fund
from fairstock.fund.model import PeriodState
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import post_many
from fairstock.payout import store
from fairstock.payout.due import cases
from fairstock.payout.model import (
    Conversion,
    Hold,
    Order,
    PayoutPolicy,
    Prepared,
    Withholding,
    WithholdingRules,
)
from fairstock.payout.plan import Exchange, Plan, Rulebook
from fairstock.payout.policy import payout_policy_in_force, withholding_rules_in_force
from fairstock.payout.ports import RateSource, SanctionList


class PeriodNotClosed(BadInput):
    """Money cannot leave before the period is closed."""

    def __init__(self, period: str) -> None:
        self.period = period
        super().__init__(f"The period {period} is not closed.", remedy=f"run close_period for {period} first")


def prepare(
    conn: Connection,
    period: str,
    clock: Clock,
    *,
    policy: PayoutPolicy | None = None,
    taxes: WithholdingRules | None = None,
    sanctions: SanctionList | None = None,
    rates: RateSource | None = None,
) -> Prepared:
    """Order a payment for everybody who is due; nobody is ordered a second one for the same period and
    currency.

    New orders are made for the last closed period only, since they pay the whole balance; for an earlier
    period the orders still in transit are returned. Without ``sanctions`` only likenesses that were found
    before count, without ``rates`` no currency is converted; ``policy`` and ``taxes`` are those in force
    unless given. Raises ``PeriodNotClosed``, ``NotAMonth``, ``PayoutPolicyChanged`` and
    ``WithholdingRulesChanged``.
    """
    advisory(conn, "payout:prepare")
    found = fund.period(conn, period)
    if found is None or found.state is not PeriodState.closed:
        raise PeriodNotClosed(period)
    now = clock.now()
    rules = Rulebook(
        policy or payout_policy_in_force(), taxes or withholding_rules_in_force(), rates, period, now
    )
    store.record_policy(conn, rules.policy, now)
    store.record_withholding_rules(conn, rules.taxes, now)
    plan = Plan()
    if period == fund.latest_closed(conn):
        for case in cases(conn, period, now, sanctions):
            plan.add(case, rules)
        _write(conn, plan, rules)
    held = Counter[Hold](reason for _, _, reasons in plan.holds for reason in reasons)
    return Prepared(tuple(store.in_transit(conn, period)), len(plan.orders), dict(sorted(held.items())))


def _write(conn: Connection, plan: Plan, rules: Rulebook) -> None:
    """Rows first, then the books, all in the caller's transaction."""
    _write_exchanges(conn, plan.exchanges)
    orders = [order for order, _ in plan.orders]
    store.add_orders(conn, orders, rules.policy.version)
    withheld = [(order, verdict.withheld) for order, verdict in plan.orders]
    store.add_withholdings(conn, withheld, rules.taxes.version)
    paid = [
        (order.contributor_id, order.amount.currency, order.id, verdict.sourced)
        for order, verdict in plan.orders
    ]
    store.add_sourced(conn, "paid", paid, sign=-1)
    store.add_holds(conn, rules.period, plan.holds, rules.policy.version, rules.now)
    post_many(conn, [_payout(order, lines) for order, lines in withheld])


def _write_exchanges(conn: Connection, exchanges: Sequence[Exchange]) -> None:
    made = [each.conversion for each in exchanges]
    store.add_conversions(conn, made)
    left = [(each.contributor_id, each.source.currency, each.id) for each in made]
    joined = [(each.contributor_id, each.target.currency, each.id) for each in made]
    store.add_sourced(
        conn,
        "converted_out",
        [(*key, each.left) for key, each in zip(left, exchanges, strict=True)],
        sign=-1,
    )
    store.add_sourced(
        conn,
        "converted_in",
        [(*key, each.joined) for key, each in zip(joined, exchanges, strict=True)],
        sign=1,
    )
    post_many(conn, [_conversion(each) for each in made])


def _payout(order: Order, withheld: Sequence[Withholding]) -> Transaction:
    """The balance goes to the bank and to the tax authorities."""
    reasons: dict[str, str] = {}
    for line in withheld:
        if line.amount:
            said = reasons.get(line.authority)
            reasons[line.authority] = f"{said}; {line.reason}" if said else line.reason
    return Transaction(
        key=f"payout:{order.id}",
        kind=TransactionKind.payout,
        effective_at=order.created_at,
        postings=(
            Posting(f"payable:{order.contributor_id}", order.gross),
            Posting(f"in_transit:{order.contributor_id}", -order.amount),
            *(Posting(f"withheld:{name}", -amount) for name, amount in sorted(order.withheld.items())),
        ),
        memo=f"Payout for {order.period}",
        details={"period": order.period, **({"withholding": reasons} if reasons else {})},
    )


def _conversion(made: Conversion) -> Transaction:
    """Each currency sums to zero by itself, through an account of the conversion's own."""
    rate, through = made.rate, f"conversion:{made.id}"
    said = f"{made.source} at {rate.value} = {made.target} (rate of {rate.on:%Y-%m-%d}, {rate.published_by})"
    return Transaction(
        key=f"convert:{made.id}",
        kind=TransactionKind.conversion,
        effective_at=made.converted_at,
        postings=(
            Posting(f"payable:{made.contributor_id}", made.source),
            Posting(through, -made.source),
            Posting(through, made.target),
            Posting(f"payable:{made.contributor_id}", -made.target),
        ),
        memo=f"Converted: {said}",
        details={
            "period": made.period,
            "reason": said,
            "rate": str(rate.value),
            "rate_date": rate.on.isoformat(),
            "rate_source": rate.published_by,
        },
    )
