"""What every payment rail keeps to; the test bank besides misbehaves on order."""

from collections.abc import Callable
from pathlib import Path

import pytest
from factories.core import usd

from fairstock.adapters.test_bank import ANYBODY, Behaviour, KeyOfAnotherOrder, NotPaid, TestBank
from fairstock.adapters.test_bank_plan import BadBankPlan, BankPlan
from fairstock.payout.model import PaymentState
from fairstock.payout.ports import BankUnreachable, PaymentRail

Rail = Callable[[], PaymentRail]


@pytest.fixture(params=["test bank"])
def rail(tmp_path: Path) -> Rail:
    """Opens the rail, each time as a new process would."""
    return lambda: TestBank(tmp_path / "bank")


def test_an_order_is_paid(rail: Rail) -> None:
    answer = rail().send("pay_1", "pty_1", "DE02", usd(1_230_000))
    assert (answer.key, answer.state) == ("pay_1", PaymentState.paid)
    assert answer.bank_reference


def test_the_same_key_gives_the_same_answer_in_every_process(rail: Rail) -> None:
    first = rail().send("pay_1", "pty_1", "DE02", usd(1_230_000))
    assert rail().send("pay_1", "pty_1", "DE02", usd(1_230_000)) == first
    assert list(rail().notices(["pay_1"])) == [first]


def test_notices_leave_out_what_is_unknown(rail: Rail) -> None:
    assert list(rail().notices(["pay_never"])) == []


@pytest.fixture
def bank(tmp_path: Path) -> TestBank:
    return TestBank(tmp_path / "bank")


def send(bank: TestBank, key: str = "pay_1", reference: str = "DE02") -> PaymentState:
    return bank.send(key, "pty_1", reference, usd(1_230_000)).state


def test_a_key_belongs_to_one_order(bank: TestBank) -> None:
    send(bank)
    with pytest.raises(KeyOfAnotherOrder):
        bank.send("pay_1", "pty_1", "DE02", usd(1_240_000))
    assert bank.paid() == {"pay_1": usd(1_230_000)}


def test_no_connection_means_no_order(bank: TestBank) -> None:
    bank.tell("DE02", Behaviour.refuse_connection, times=2)
    for _ in range(2):
        with pytest.raises(BankUnreachable):
            send(bank)
    assert bank.paid() == {}
    assert send(bank) is PaymentState.paid


def test_a_lost_answer_is_given_again_and_paid_once(bank: TestBank) -> None:
    bank.tell("DE02", Behaviour.lose_answer)
    with pytest.raises(BankUnreachable):
        send(bank)
    assert list(bank.paid()) == ["pay_1"]
    assert send(bank) is PaymentState.paid
    assert bank.paid() == {"pay_1": usd(1_230_000)}


def test_a_late_answer_comes_when_asked_again(bank: TestBank) -> None:
    bank.tell("DE02", Behaviour.answer_late, times=2)
    assert send(bank) is PaymentState.unknown
    assert bank.notices(["pay_1"]) == []
    assert send(bank) is PaymentState.unknown
    assert send(bank) is PaymentState.paid


def test_an_answer_may_come_twice(bank: TestBank) -> None:
    bank.tell("DE02", Behaviour.answer_twice)
    send(bank)
    assert [each.state for each in bank.notices(["pay_1"])] == [PaymentState.paid] * 2


def test_money_comes_back(bank: TestBank) -> None:
    bank.tell(ANYBODY, Behaviour.send_back)
    assert send(bank) is PaymentState.returned
    assert send(bank) is PaymentState.returned
    assert bank.paid() == {}


def test_what_is_told_about_an_account_comes_before_what_is_told_about_all(bank: TestBank) -> None:
    bank.tell(ANYBODY, Behaviour.send_back, times=9)
    bank.tell("DE02", Behaviour.pay)
    assert send(bank, "pay_1", "DE02") is PaymentState.paid
    assert send(bank, "pay_2", "DE03") is PaymentState.returned


def test_an_order_that_timed_out_is_paid_when_asked_again(bank: TestBank) -> None:
    bank.tell("DE02", Behaviour.time_out)
    with pytest.raises(BankUnreachable):
        send(bank)
    assert (bank.paid(), bank.notices(["pay_1"])) == ({}, [])
    assert send(bank) is PaymentState.paid


def test_a_bank_may_contradict_itself(bank: TestBank) -> None:
    bank.tell("DE02", Behaviour.contradict)
    assert send(bank) is PaymentState.paid
    assert {each.state for each in bank.notices(["pay_1"])} == {PaymentState.paid, PaymentState.returned}
    assert list(bank.paid()) == ["pay_1"]


def test_money_may_be_taken_back_after_it_was_paid(bank: TestBank) -> None:
    bank.tell("DE02", Behaviour.take_back)
    assert send(bank) is PaymentState.paid
    states = [[each.state for each in bank.notices(["pay_1"])] for _ in range(3)]
    assert states == [
        [PaymentState.paid],
        [PaymentState.paid],
        [PaymentState.paid, PaymentState.taken_back],
    ]
    assert bank.paid() == {}
    send(bank, "pay_2")
    bank.take_back("pay_2")
    assert bank.paid() == {}
    with pytest.raises(NotPaid):
        bank.take_back("pay_3")


def test_a_plan_makes_the_same_bank_in_every_process_and_ends(tmp_path: Path) -> None:
    weights = dict.fromkeys(Behaviour, 1)
    said = []
    for name in ("one", "two"):
        bank = TestBank(tmp_path / name)
        BankPlan(7, weights).write(bank.plan)
        states: list[str] = []
        for number in range(30):
            for _ in range(6):
                try:
                    states.append(send(TestBank(tmp_path / name), f"pay_{number}").value)
                except BankUnreachable:
                    states.append("silence")
            assert states[-1] in ("paid", "returned")
        said.append(states)
    assert said[0] == said[1]
    assert {"silence", "unknown", "paid", "returned"} == set(said[0])


@pytest.mark.parametrize("body", ["", "[]", '{"seed": 1}', '{"seed": 1, "weights": {"steal": 1}}'])
def test_a_plan_that_cannot_be_read_is_refused(bank: TestBank, tmp_path: Path, body: str) -> None:
    bank.plan.parent.mkdir()
    bank.plan.write_text(body)
    with pytest.raises(BadBankPlan):
        send(bank)
