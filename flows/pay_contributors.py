"""Pays contributors what a closed period owes them.

balances → who is due and who is held, with the reasons → orders, booked from payable to in transit → the bank
→ paid, or returned to the balance; first of all, money of earlier payments that the bank took back is owed
again

The run may die at any point: an order that is in transit is asked about again under the same key, which the
bank never pays twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from prefect import flow, get_run_logger, task

from fairstock.bootstrap import get_app
from fairstock.kit.errors import Failure
from fairstock.kit.money import Money
from fairstock.payout import store as payouts
from fairstock.payout.prepare import prepare
from fairstock.payout.settle import ask, book, hear
from flows import _artifacts as artifacts
from flows._retry import unless_hopeless

BATCH = 50
"""Orders in one task: what has to be asked again after a kill."""

HEARD_AT_ONCE = 1_000
"""Earlier payments that the bank is asked about at once."""

RECALL = timedelta(days=120)
"""For so long after a payment the bank may take it back."""

RETRY_SECONDS = [1.0, 5.0, 20.0]
"""How long to wait before the bank is asked again."""
NO_BANK = (
    "Payments go to the test bank in FAIRSTOCK_HOME/test-bank: they are booked, but no money leaves. "
    "A real bank is an adapter for payout.ports.PaymentRail, put in its place in bootstrap.App.payment_rail."
)


class BankSilent(Failure):
    """The bank has not said how some orders ended."""

    def __init__(self, waiting: Sequence[str]) -> None:
        self.waiting = tuple(waiting)
        super().__init__(f"The bank has not said how {len(waiting)} payment(s) ended.")


class PaymentsUnsettled(Failure):
    """After all tries, payments are still in transit."""

    def __init__(self, period: str, number: int) -> None:
        self.period, self.number = period, number
        super().__init__(
            f"{number} payment(s) of {period} are still in transit.",
            remedy=f"run pay_contributors for {period} again when the bank answers; nobody is paid twice",
        )


class BankContradictsBooks(Failure):
    """The bank says something else about an order than what is booked."""

    def __init__(self, payout_ids: Sequence[str]) -> None:
        self.payout_ids = tuple(payout_ids)
        super().__init__(
            f"The bank contradicts the books about {', '.join(self.payout_ids)}.",
            remedy="call the bank; correct with an adjustment, since what is booked stays",
        )


@flow(name="pay_contributors", flow_run_name="pay_contributors {period}")
def pay_contributors(period: str) -> dict[str, Any]:
    """Pay for ``period`` (YYYY-MM, closed) and say who was paid and who was held; safe to repeat.

    Sums come back by currency, in micro-units. Raises ``PaymentsUnsettled`` where the bank did not answer for
    some, and ``BankContradictsBooks``, both after everything else is booked.

    Args:
        period: A calendar month in UTC, such as 2026-10.
    """
    if not get_app().settings.invented_money:
        get_run_logger().warning(NO_BANK)
    hear_about_earlier_payments()
    ordered = order_payments(period)
    contradicted: list[str] = []
    for start in range(0, len(ordered["in_transit"]), BATCH):
        state = ask_and_book(ordered["in_transit"][start : start + BATCH], return_state=True)
        outcome = state.result(raise_on_failure=False)
        if isinstance(outcome, BaseException) and not isinstance(outcome, BankSilent):
            raise outcome
        contradicted += outcome if isinstance(outcome, list) else []
    summary = summarise(period, ordered["held"])
    if contradicted:
        raise BankContradictsBooks(contradicted)
    if summary["in_transit"]:
        raise PaymentsUnsettled(period, summary["in_transit"])
    return summary


@task(
    name="hear about earlier payments", retries=2, retry_delay_seconds=1, retry_condition_fn=unless_hopeless
)
def hear_about_earlier_payments() -> None:
    """Ask the bank whether it took payments of the last months back, and book that.

    A bank that is silent is asked by the next run. Contradictions are only logged: the run that met them
    first has failed.
    """
    app = get_app()
    with app.transaction() as conn:
        paid = payouts.paid_since(conn, app.clock.now() - RECALL)
    contradicted: list[str] = []
    taken = 0
    for start in range(0, len(paid), HEARD_AT_ONCE):
        batch = paid[start : start + HEARD_AT_ONCE]
        answers = hear(app.payment_rail, batch)
        with app.transaction() as conn:
            booked = book(conn, batch, answers, app.clock)
        contradicted += booked.conflicts
        taken += len(booked.taken_back)
    if taken:
        get_run_logger().info("The bank took %d earlier payments back; they are owed again.", taken)
    if contradicted:
        get_run_logger().warning("The bank contradicts the books about %s.", ", ".join(contradicted))


@task(name="order payments", retries=2, retry_delay_seconds=1, retry_condition_fn=unless_hopeless)
def order_payments(period: str) -> dict[str, Any]:
    """Decide on every balance and book the orders; returns those that the bank has to be asked about."""
    app = get_app()
    with app.transaction() as conn:
        prepared = prepare(conn, period, app.clock, sanctions=app.sanction_list, rates=app.rate_source)
    logger = get_run_logger()
    logger.info("%d new payments were ordered for %s.", prepared.new, period)
    for reason, number in prepared.held.items():
        logger.info("%d balances wait: %s.", number, reason.value.replace("_", " "))
    return {"in_transit": list(prepared.in_transit), "held": {k.value: n for k, n in prepared.held.items()}}


@task(
    name="ask the bank and book",
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=unless_hopeless,
)
def ask_and_book(payout_ids: Sequence[str]) -> list[str]:
    """Ask about orders that have not ended, then book the answers in one transaction; returns contradicted
    orders.

    Raises ``BankSilent`` after the booking where answers are missing, so that they are asked for again.
    """
    app = get_app()
    with app.transaction() as conn:
        ended = payouts.outcomes(conn, payout_ids)
        open_orders = payouts.orders(conn, [each for each in payout_ids if each not in ended])
    answers = ask(app.payment_rail, list(open_orders.values()))
    with app.transaction() as conn:
        booked = book(conn, open_orders, answers, app.clock)
    get_run_logger().info("The bank settled %d payments; %d wait.", booked.settled, len(booked.waiting))
    if booked.waiting:
        raise BankSilent(booked.waiting)
    return list(booked.conflicts)


@task(name="summarise payments")
def summarise(period: str, held: dict[str, int]) -> dict[str, Any]:
    """What became of the period's orders, as a table and as numbers."""
    with get_app().transaction() as conn:
        totals = payouts.totals(conn, period)
        people = payouts.contributors_paid(conn, period)
    rows = [
        {"outcome": state.replace("_", " "), "payments": number, "sum": total}
        for state, by_currency in totals.items()
        for number, total in by_currency.values()
    ]
    rows += [{"outcome": f"held: {reason}", "payments": n, "sum": ""} for reason, n in held.items()]
    artifacts.table("pay-contributors", rows, f"Payments for {period}")
    paid = {currency: total.micros for currency, (_, total) in totals["paid"].items()}
    said = ", ".join(str(Money(micros, currency)) for currency, micros in paid.items()) or "nothing"
    get_run_logger().info("Paid for %s so far: %s to %d contributors.", period, said, people)
    return {
        "paid_micros": paid,
        "contributors_paid": people,
        "held": held,
        "returned": sum(number for number, _ in totals["returned"].values()),
        "in_transit": sum(number for number, _ in totals["in_transit"].values()),
    }
