"""Payouts against the real database and the test bank, which misbehaves on order."""

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from factories.core import add_buyer, add_contributor, usd
from factories.money import AFTER, IN_PERIOD, PERIOD, add_account, add_licensed_works
from factories.payouts import DECEMBER, assert_books, balance, due, earn, pay
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from fairstock.adapters.test_bank import ANYBODY, Behaviour, TestBank
from fairstock.db.checks import run_checks
from fairstock.db.transaction import transaction
from fairstock.fund.close import close
from fairstock.fund.deals import book_deal
from fairstock.fund.refund import refund_deal
from fairstock.kit.money import Money
from fairstock.payout import store
from fairstock.payout.model import Booked, Hold, MovementKind, PaymentResult, PaymentState
from fairstock.payout.prepare import PeriodNotClosed, prepare
from fairstock.payout.settle import PATIENCE, ask, book, hear


@pytest.fixture
def bank(tmp_path: Path) -> TestBank:
    return TestBank(tmp_path / "bank")


def test_whole_cents_are_paid_and_the_rest_stays(conn: Connection, bank: TestBank) -> None:
    ann, bob = due(conn, 1_239_999, 2_000_000)
    prepared = prepare(conn, PERIOD, AFTER)
    assert (prepared.new, len(prepared.in_transit), dict(prepared.held)) == (2, 2, {})
    assert balance(conn, f"in_transit:{ann}") == -1_230_000
    assert pay(conn, bank).settled == 2
    assert (balance(conn, f"payable:{ann}"), balance(conn, f"payable:{bob}")) == (-9_999, 0)
    assert balance(conn, "cash:bank") == -3_230_000
    assert sorted(money.micros for money in bank.paid().values()) == [1_230_000, 2_000_000]
    assert store.contributors_paid(conn, PERIOD) == 2
    assert_books(conn)


def test_everything_again_pays_nobody_twice(conn: Connection, bank: TestBank) -> None:
    due(conn, 5_000_000)
    for _ in range(3):
        prepare(conn, PERIOD, AFTER)
        pay(conn, bank)
    assert balance(conn, "cash:bank") == -5_000_000
    assert_books(conn)


def test_balances_are_held_for_every_reason(conn: Connection) -> None:
    ann, bob, cem, dee = due(conn, 5_000_000, 5_000_000, 999_999, 5_000_000)
    add_account(conn, ann, verified=False)
    conn.execute(text("DELETE FROM payout_account WHERE contributor_id = :who"), {"who": bob})
    add_account(conn, dee, tax_form_valid_until=date(2026, 11, 1))
    prepared = prepare(conn, PERIOD, AFTER)
    assert prepared.held == {
        Hold.below_threshold: 1,
        Hold.no_account: 1,
        Hold.tax_form_expired: 1,
        Hold.unverified_account: 1,
    }
    assert store.holds_of(conn, PERIOD, [ann, cem]) == {
        (ann, "USD"): (Hold.unverified_account,),
        (cem, "USD"): (Hold.below_threshold,),
    }
    add_account(conn, ann)
    assert prepare(conn, PERIOD, AFTER).new == 1
    assert_books(conn)


def test_a_small_balance_is_paid_with_the_next_month(conn: Connection, bank: TestBank) -> None:
    [ann] = due(conn, 700_000)
    assert prepare(conn, PERIOD, AFTER).held == {Hold.below_threshold: 1}
    earn(conn, ann, 700_000, key="later", clock=AFTER)
    close(conn, "2026-11", DECEMBER)
    assert prepare(conn, PERIOD, DECEMBER).new == 0, "the balance is paid for the last closed month only"
    assert prepare(conn, "2026-11", DECEMBER).new == 1
    [order] = store.orders(conn, store.in_transit(conn, "2026-11")).values()
    assert order.amount == usd(1_400_000)


def test_an_open_period_is_not_paid(conn: Connection) -> None:
    earn(conn, add_contributor(conn), 5_000_000)
    with pytest.raises(PeriodNotClosed, match="run close_period for 2026-10"):
        prepare(conn, PERIOD, AFTER)


@pytest.mark.parametrize(
    "behaviour", [Behaviour.refuse_connection, Behaviour.time_out, Behaviour.answer_late]
)
def test_silence_leaves_the_order_in_transit_and_pays_once(
    conn: Connection, bank: TestBank, behaviour: Behaviour
) -> None:
    [ann] = due(conn, 5_000_000)
    prepare(conn, PERIOD, AFTER)
    bank.tell(ANYBODY, behaviour)
    first = pay(conn, bank)
    assert (first.settled, len(first.waiting)) == (0, 1)
    assert balance(conn, f"in_transit:{ann}") == -5_000_000
    assert pay(conn, bank).settled == 1
    assert list(bank.paid().values()) == [usd(5_000_000)]
    assert balance(conn, "cash:bank") == -5_000_000
    assert_books(conn)


def test_an_answer_that_was_lost_comes_as_a_notice(conn: Connection, bank: TestBank) -> None:
    due(conn, 5_000_000)
    prepare(conn, PERIOD, AFTER)
    bank.tell(ANYBODY, Behaviour.lose_answer)
    assert pay(conn, bank).settled == 1
    assert list(bank.paid().values()) == [usd(5_000_000)]


def test_a_bank_that_has_fallen_silent_is_left_alone(conn: Connection, bank: TestBank) -> None:
    due(conn, *[5_000_000] * 4)
    prepare(conn, PERIOD, AFTER)
    bank.tell(ANYBODY, Behaviour.refuse_connection, times=PATIENCE)
    assert len(pay(conn, bank).waiting) == 4
    assert pay(conn, bank).settled == 4


def test_a_connection_that_breaks_keeps_one_order_waiting_and_not_the_others(
    conn: Connection, bank: TestBank
) -> None:
    people = due(conn, 5_000_000, 5_000_000, 5_000_000)
    prepare(conn, PERIOD, AFTER)
    second = list(store.orders(conn, store.in_transit(conn, PERIOD)).values())[1]
    bank.tell(second.reference, Behaviour.refuse_connection)
    assert (pay(conn, bank).settled, len(store.in_transit(conn, PERIOD))) == (2, 1)
    assert pay(conn, bank).settled == 1
    assert len(people) == len(bank.paid())


def test_an_answer_that_comes_twice_is_booked_once(conn: Connection, bank: TestBank) -> None:
    due(conn, 5_000_000)
    prepare(conn, PERIOD, AFTER)
    bank.tell(ANYBODY, Behaviour.answer_twice)
    [waiting] = store.in_transit(conn, PERIOD)
    answers = ask(bank, list(store.orders(conn, [waiting]).values()))
    assert len(answers) == 3
    assert book(conn, [waiting], answers, AFTER).settled == 1
    assert book(conn, [waiting], answers, AFTER) == Booked(0, (), ())
    assert balance(conn, "cash:bank") == -5_000_000
    assert_books(conn)


def test_returned_money_is_owed_again_and_paid_next_month(conn: Connection, bank: TestBank) -> None:
    [ann] = due(conn, 5_000_000)
    prepare(conn, PERIOD, AFTER)
    bank.tell(ANYBODY, Behaviour.send_back)
    assert pay(conn, bank).settled == 1
    assert balance(conn, f"payable:{ann}") == -5_000_000
    assert prepare(conn, PERIOD, AFTER).new == 0
    [line] = store.payouts_of(conn, PERIOD, [ann])
    assert (line.state, line.reason) == ("returned", "no such account")
    close(conn, "2026-11", DECEMBER)
    assert prepare(conn, "2026-11", DECEMBER).new == 1
    assert_books(conn)


def test_money_that_comes_back_late_stands_on_the_later_statement(conn: Connection, bank: TestBank) -> None:
    """The statement of the month that ordered it may be out already."""
    [ann] = due(conn, 5_000_000)
    prepare(conn, PERIOD, AFTER)
    close(conn, "2026-11", DECEMBER)
    bank.tell(ANYBODY, Behaviour.send_back)
    pay(conn, bank)
    rows = conn.execute(
        text("SELECT period, kind, amount_micros FROM payable_movement ORDER BY period, kind")
    )
    assert [tuple(row) for row in rows] == [
        (PERIOD, "payout", -5_000_000),
        (PERIOD, "period_close", 5_000_000),
        ("2026-11", "return", 5_000_000),
    ]
    assert balance(conn, f"payable:{ann}") == -5_000_000


def test_a_bank_that_contradicts_itself_is_reported_and_not_believed(conn: Connection) -> None:
    due(conn, 5_000_000)
    [waiting] = prepare(conn, PERIOD, AFTER).in_transit
    said = [PaymentResult(waiting, state, "TB-1") for state in (PaymentState.paid, PaymentState.returned)]
    assert book(conn, [waiting], said, AFTER).conflicts == (waiting,)
    assert book(conn, [waiting], said[1:], AFTER) == Booked(0, (), (waiting,))
    assert balance(conn, "cash:bank") == -5_000_000


def test_answers_about_other_orders_are_ignored(conn: Connection) -> None:
    due(conn, 5_000_000)
    [waiting] = prepare(conn, PERIOD, AFTER).in_transit
    stray = PaymentResult("pay_stray", PaymentState.paid, "TB-1")
    assert book(conn, [waiting], [stray], AFTER) == Booked(0, (waiting,), ())


def test_an_order_can_end_once(conn: Connection, bank: TestBank) -> None:
    due(conn, 5_000_000)
    [waiting] = prepare(conn, PERIOD, AFTER).in_transit
    pay(conn, bank)
    for change in (
        "INSERT INTO payout_outcome SELECT payout_id, 'returned', '', '', decided_at FROM payout_outcome",
        "UPDATE payout_outcome SET state = 'returned'",
        "DELETE FROM payout_outcome",
        "UPDATE payout SET amount_micros = 10000",
    ):
        with pytest.raises(DatabaseError), conn.begin_nested():
            conn.execute(text(change))
    assert waiting in store.outcomes(conn, [waiting])


DIE = """
import os, signal, sys
from pathlib import Path
from fairstock.adapters.test_bank import TestBank
from fairstock.db.engine import connect
from fairstock.payout import store
from fairstock.payout.settle import ask

with connect(sys.argv[1]).begin() as conn:
    orders = list(store.orders(conn, store.in_transit(conn, "2026-10")).values())
    answers = ask(TestBank(Path(sys.argv[2])), orders)
    assert len(answers) == 2 * len(orders)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_between_bank_and_booking_pays_once(
    engine: Engine, fresh_database_url: str, tmp_path: Path
) -> None:
    with transaction(engine) as conn:
        due(conn, 5_000_000, 7_000_000)
        prepare(conn, PERIOD, AFTER)
    killed = subprocess.run(
        [sys.executable, "-c", DIE, fresh_database_url, str(tmp_path / "bank")],
        env={**os.environ, "PYTHONPATH": "src"},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    bank = TestBank(tmp_path / "bank")
    assert len(bank.paid()) == 2
    with transaction(engine) as conn:
        assert balance(conn, "cash:bank") == 0
        assert pay(conn, bank).settled == 2
    with transaction(engine) as conn:
        assert balance(conn, "cash:bank") == -12_000_000
        assert sum(money.micros for money in bank.paid().values()) == 12_000_000
        assert run_checks(conn) == []


def test_each_currency_has_its_own_payout(conn: Connection, bank: TestBank) -> None:
    ann = add_contributor(conn)
    add_account(conn, ann)
    works = add_licensed_works(conn, ann, [1])
    for currency in ("USD", "EUR"):
        price = Money(4_000_000, currency)
        book_deal(conn, key=currency, buyer_id=add_buyer(conn), price=price, asset_ids=works, clock=IN_PERIOD)
    close(conn, PERIOD, AFTER)
    assert prepare(conn, PERIOD, AFTER).new == 2
    pay(conn, bank)
    assert store.totals(conn, PERIOD)["paid"] == {
        "EUR": (1, Money(2_000_000, "EUR")),
        "USD": (1, usd(2_000_000)),
    }
    assert_books(conn)


def test_movements_are_all_that_changed_a_balance_but_earnings(conn: Connection, bank: TestBank) -> None:
    ann, bob = due(conn, 5_000_000, 500_000)
    prepare(conn, PERIOD, AFTER)
    bank.tell(ANYBODY, Behaviour.send_back)
    pay(conn, bank)
    found = store.movements(conn, [ann, bob], PERIOD)
    assert [(each.kind, each.amount) for each in found[ann]] == [
        (MovementKind.payout, usd(-5_000_000)),
        (MovementKind.return_, usd(5_000_000)),
    ]
    assert found[bob] == []


def test_money_that_the_bank_takes_back_weeks_later_is_owed_again(conn: Connection, bank: TestBank) -> None:
    [ann] = due(conn, 5_000_000)
    add_account(conn, ann, country="BR")
    [payout_id] = prepare(conn, PERIOD, AFTER).in_transit
    pay(conn, bank)
    close(conn, "2026-11", DECEMBER)
    assert store.paid_since(conn, AFTER.at) == [payout_id]
    bank.take_back(payout_id)
    answers = hear(bank, [payout_id])
    assert book(conn, [payout_id], answers, DECEMBER).taken_back == (payout_id,)
    assert book(conn, [payout_id], answers, DECEMBER) == Booked(0, (), ())
    assert balance(conn, "cash:bank") == 0
    assert balance(conn, f"payable:{ann}") == -5_000_000
    assert store.paid_since(conn, AFTER.at) == []
    [back] = store.movements(conn, [ann], "2026-11")[ann]
    assert (back.kind, back.reason) == (MovementKind.return_, "taken back by the bank")
    assert prepare(conn, "2026-11", DECEMBER).new == 1
    assert_books(conn)


def test_a_notice_of_money_taken_back_before_it_was_booked_as_paid_waits(conn: Connection) -> None:
    due(conn, 5_000_000)
    [payout_id] = prepare(conn, PERIOD, AFTER).in_transit
    early = PaymentResult(payout_id, PaymentState.taken_back, "TB-1")
    assert book(conn, [payout_id], [early], AFTER) == Booked(0, (payout_id,), ())
    paid = PaymentResult(payout_id, PaymentState.paid, "TB-1")
    assert book(conn, [payout_id], [early, paid], AFTER) == Booked(1, (), (), (payout_id,))
    assert balance(conn, "cash:bank") == 0


@pytest.mark.parametrize(
    ("owed", "sent"),
    [(1_005_000, 1_000_000), (1_009_999, 1_000_000), (1_010_000, 1_010_000), (999_999, None), (1, None)],
)
def test_half_a_cent_stays_on_the_balance(
    conn: Connection, bank: TestBank, owed: int, sent: int | None
) -> None:
    [ann] = due(conn, owed)
    prepare(conn, PERIOD, AFTER)
    pay(conn, bank)
    assert -balance(conn, "cash:bank") == (sent or 0)
    assert -balance(conn, f"payable:{ann}") == owed - (sent or 0)
    assert_books(conn)


def test_a_refund_larger_than_the_month_leaves_a_debt_that_is_not_paid(
    conn: Connection, bank: TestBank
) -> None:
    [ann] = due(conn, 5_000_000)
    prepare(conn, PERIOD, AFTER)
    pay(conn, bank)
    earn(conn, ann, 2_000_000, key="november", clock=AFTER)
    deal_id = conn.scalar(text("SELECT id FROM fund_deal WHERE amount_micros = 10000000"))
    refund_deal(
        conn,
        key="r",
        deal_id=deal_id,
        amount=usd(10_000_000),
        reason="cancelled",
        clock=AFTER,
    )
    close(conn, "2026-11", DECEMBER)
    assert balance(conn, f"payable:{ann}") == 3_000_000
    assert prepare(conn, "2026-11", DECEMBER).held == {Hold.negative_balance: 1}
    assert store.sourced(conn)[ann, "USD"] == {"FR": -3_000_000}
    assert_books(conn)
