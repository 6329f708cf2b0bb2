"""Ask the bank, and book what it answers: paid, or returned to the contributor's balance.

Between the two the process may die. Then the order is still in transit, the next run asks again under the
same key, and the bank answers what it answered before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from fairstock.fund import store as fund
from fairstock.kit.clock import Clock
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import post_many
from fairstock.payout import store
from fairstock.payout.model import Booked, Order, Outcome, PaymentResult, PaymentState
from fairstock.payout.ports import BankUnreachable, PaymentRail

SILENCE = "silence"
"""Noted as the answer where none came."""


def ask(rail: PaymentRail, orders: Sequence[Order]) -> list[PaymentResult]:
    """Everything that the bank says about the orders; where it falls silent, the rest is not asked."""
    answers: list[PaymentResult] = []
    try:
        answers.extend(
            rail.send(each.id, each.contributor_id, each.reference, each.amount) for each in orders
        )
        answers.extend(rail.notices([order.id for order in orders]))
    except BankUnreachable:
        pass  # what it said until then is booked, the orders without an answer stay in transit
    return answers


def book(
    conn: Connection, payout_ids: Iterable[str], answers: Sequence[PaymentResult], clock: Clock
) -> Booked:
    """Book the bank's answers about these orders; answers may be missing, repeated, or known already."""
    orders = store.orders(conn, payout_ids)
    known = store.outcomes(conn, orders)
    finals, conflicts = _finals(answers, known, orders)
    now = clock.now()
    ended = store.add_outcomes(
        conn,
        [
            Outcome(key, final.state, final.bank_reference, final.reason, now)
            for key, final in sorted(finals.items())
            if key not in known
        ],
    )
    latest = fund.latest_closed(conn) or ""
    post_many(conn, [_transaction(orders[each.payout_id], each, latest) for each in ended])
    said = {answer.key: answer.state.value for answer in answers}
    store.add_attempts(conn, {key: said.get(key, SILENCE) for key in orders}, now)
    waiting = tuple(key for key in orders if key not in finals and key not in known)
    return Booked(len(ended), waiting, conflicts)


def _finals(
    answers: Sequence[PaymentResult], known: Mapping[str, Outcome], orders: Mapping[str, Order]
) -> tuple[dict[str, PaymentResult], tuple[str, ...]]:
    """The first final answer about each order, and the orders with an answer that contradicts it or what is
    booked.
    """
    finals: dict[str, PaymentResult] = {}
    conflicts: set[str] = set()
    for answer in answers:
        if answer.state is PaymentState.unknown or answer.key not in orders:
            continue
        first = finals.setdefault(answer.key, answer)
        booked = known.get(answer.key)
        if answer.state is not first.state or (booked and booked.state != answer.state):
            conflicts.add(answer.key)
    return finals, tuple(sorted(conflicts))


def _transaction(order: Order, outcome: Outcome, latest_closed: str) -> Transaction:
    """Money that arrived leaves the bank; money that came back is owed again, on the statement of the month
    it came in.
    """
    paid = outcome.state is PaymentState.paid
    back_to = "cash:bank" if paid else f"payable:{order.contributor_id}"
    return Transaction(
        key=f"{'settle' if paid else 'return'}:{order.id}",
        kind=TransactionKind.settlement if paid else TransactionKind.return_,
        effective_at=outcome.decided_at,
        postings=(
            Posting(f"in_transit:{order.contributor_id}", order.amount),
            Posting(back_to, -order.amount),
        ),
        memo=f"Payout for {order.period} {outcome.state.value} ({outcome.bank_reference or 'no reference'})",
        details={"period": order.period if paid else max(order.period, latest_closed)},
    )
