"""Ask the bank, and book what it answers: paid, returned to the contributor's balance, or taken back weeks
later.

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

PATIENCE = 3
"""After so many calls in a row without an answer the bank is left alone until the next run."""

FINAL = (PaymentState.paid, PaymentState.returned)
"""States in which an order ends."""


def ask(rail: PaymentRail, orders: Sequence[Order]) -> list[PaymentResult]:
    """Everything that the bank says about the orders; an order without an answer does not keep the others
    waiting, unless the bank has fallen silent altogether.
    """
    answers: list[PaymentResult] = []
    silent = 0
    for each in orders:
        try:
            answers.append(rail.send(each.id, each.contributor_id, each.reference, each.amount))
            silent = 0
        except BankUnreachable:  # what it says about others is booked; this one stays in transit
            silent += 1
            if silent == PATIENCE:
                return answers
    return answers + hear(rail, [order.id for order in orders])


def hear(rail: PaymentRail, payout_ids: Sequence[str]) -> list[PaymentResult]:
    """What the bank has to say about orders without being asked to pay; nothing where it is silent."""
    try:
        return list(rail.notices(payout_ids))
    except BankUnreachable:
        return []


def book(
    conn: Connection, payout_ids: Iterable[str], answers: Sequence[PaymentResult], clock: Clock
) -> Booked:
    """Book the bank's answers about these orders; answers may be missing, repeated, or known already.

    That a payment was taken back is booked once it is booked as paid, which one answer list may do.
    """
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
    back = [each.payout_id for each in ended if each.state is PaymentState.returned]
    taken = _take_back(conn, orders, {**known, **{each.payout_id: each for each in ended}}, answers, clock)
    store.send_back_sources(conn, [*back, *taken])
    said = {answer.key: answer.state.value for answer in answers}
    store.add_attempts(conn, {key: said.get(key, SILENCE) for key in orders if key not in known}, now)
    waiting = tuple(key for key in orders if key not in finals and key not in known)
    return Booked(len(ended), waiting, conflicts, taken)


def _finals(
    answers: Sequence[PaymentResult], known: Mapping[str, Outcome], orders: Mapping[str, Order]
) -> tuple[dict[str, PaymentResult], tuple[str, ...]]:
    """The first final answer about each order, and the orders with an answer that contradicts it or what is
    booked.
    """
    finals: dict[str, PaymentResult] = {}
    conflicts: set[str] = set()
    for answer in answers:
        if answer.key not in orders or answer.state not in FINAL:
            continue
        first = finals.setdefault(answer.key, answer)
        booked = known.get(answer.key)
        if answer.state is not first.state or (booked and booked.state != answer.state):
            conflicts.add(answer.key)
    return finals, tuple(sorted(conflicts))


def _take_back(
    conn: Connection,
    orders: Mapping[str, Order],
    outcomes: Mapping[str, Outcome],
    answers: Sequence[PaymentResult],
    clock: Clock,
) -> tuple[str, ...]:
    """Book that payments which were paid were taken back; returns those that were not known yet.

    Money can be taken back only once it has arrived: of an order that is booked otherwise, or not at all, the
    notice is left for a later run.
    """
    now = clock.now()
    said = {answer.key: answer for answer in answers if answer.state is PaymentState.taken_back}
    fresh = store.add_takebacks(
        conn,
        [
            Outcome(key, answer.state, answer.bank_reference, answer.reason, now)
            for key, answer in sorted(said.items())
            if key in outcomes and outcomes[key].state == PaymentState.paid
        ],
    )
    latest = fund.latest_closed(conn) or ""
    post_many(conn, [_transaction(orders[each.payout_id], each, latest) for each in fresh])
    return tuple(each.payout_id for each in fresh)


def _transaction(order: Order, outcome: Outcome, latest_closed: str) -> Transaction:
    """Money that arrived leaves the bank; money that came back is owed again with what was withheld of it, on
    the statement of the month it came in.
    """
    if outcome.state is PaymentState.paid:
        return Transaction(
            key=f"settle:{order.id}",
            kind=TransactionKind.settlement,
            effective_at=outcome.decided_at,
            postings=(
                Posting(f"in_transit:{order.contributor_id}", order.amount),
                Posting("cash:bank", -order.amount),
            ),
            memo=_memo(order, outcome),
            details={"period": order.period},
        )
    at_once = outcome.state is PaymentState.returned
    return Transaction(
        key=f"{'return' if at_once else 'takeback'}:{order.id}",
        kind=TransactionKind.return_,
        effective_at=outcome.decided_at,
        postings=(
            Posting(f"in_transit:{order.contributor_id}" if at_once else "cash:bank", order.amount),
            *(Posting(f"withheld:{name}", amount) for name, amount in sorted(order.withheld.items())),
            Posting(f"payable:{order.contributor_id}", -order.gross),
        ),
        memo=_memo(order, outcome),
        details={
            "period": max(order.period, latest_closed),
            **({"reason": outcome.reason} if outcome.reason else {}),
            **({"withholding": dict.fromkeys(order.withheld, "given back")} if order.withheld else {}),
        },
    )


def _memo(order: Order, outcome: Outcome) -> str:
    how = outcome.state.value.replace("_", " ")
    return f"Payout for {order.period} {how} ({outcome.bank_reference or 'no reference'})"
