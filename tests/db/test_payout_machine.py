"""Whatever the bank does and wherever a process dies, nobody is paid twice and no money is lost.

Hypothesis drives months of earnings in several currencies, conversions, payments, crashes, late and lost
answers, money taken back, disputes and decisions against the real database; after every step the bank's own
books are compared with ours.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest
from factories.core import add_buyer, add_contributor
from factories.money import add_account, add_licensed_works
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Engine, text

from fairstock.adapters.test_bank import ANYBODY, Behaviour, TestBank
from fairstock.db.checks import run_checks
from fairstock.fund import store as fund
from fairstock.fund.close import close
from fairstock.fund.deals import book_deal
from fairstock.fund.model import PeriodState
from fairstock.kit.clock import FixedClock
from fairstock.kit.money import Money
from fairstock.ledger import store as ledger
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.payout import store
from fairstock.payout.dispute import Correction, lines, open_dispute, resolve
from fairstock.payout.model import AdjustmentKind, Against, DisputeOutcome, Rate, SubjectKind
from fairstock.payout.prepare import prepare
from fairstock.payout.settle import ask, book, hear

COUNTRIES = ("BR", "DE", "IN")
"""Where the contributors live: no treaty, a treaty of nothing, a treaty of 15 %."""
CURRENCIES = ("USD", "EUR", "JPY")
WANTED = (None, *CURRENCIES)
"""What an account may ask for."""


class Rates:
    """A ``RateSource`` with awkward rates, which does not know every pair on every day."""

    def __init__(self) -> None:
        self.known = True

    def rate(self, source_currency: str, target_currency: str, on: date) -> Rate | None:
        """See ``RateSource``."""
        if not self.known:
            return None
        worth = {"USD": Decimal("1"), "EUR": Decimal("1.087"), "JPY": Decimal("0.006789")}
        value = round(worth[source_currency] / worth[target_currency], 6)
        return Rate(source_currency, target_currency, value, on, "test")


class Payments(RuleBasedStateMachine):
    """One house, three contributors, one bank; a month passes with every ``earn``."""

    engine: ClassVar[Engine]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.bank = TestBank(self.folder)
        self.conn: Connection = self.engine.connect()
        self.month = 0
        self.made: Counter[str] = Counter()
        """Currency → micro-units earned and adjusted."""
        self.rates = Rates()
        self.prepared = False
        self.people = [add_contributor(self.conn, f"person-{number}") for number in range(3)]
        for person, country in zip(self.people, COUNTRIES, strict=True):
            add_account(self.conn, person, country=country)
        self.works = {person: add_licensed_works(self.conn, person, [1]) for person in self.people}
        self.buyer = add_buyer(self.conn)
        kind, roles = PartyKind.staff, {Role.finance}
        self.staff = parties.add_party(
            self.conn, handle="fin", name="Fin", kind=kind, roles=roles, country="IE"
        )
        self.conn.execute(text("UPDATE party SET country = 'US' WHERE id = :id"), {"id": self.buyer})

    def teardown(self) -> None:
        """Every rule of the books holds, then all of it is forgotten."""
        try:
            self.conn.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            assert run_checks(self.conn) == []
        finally:
            self.conn.rollback()
            self.conn.close()
            shutil.rmtree(self.folder)

    @property
    def clock(self) -> FixedClock:
        return FixedClock(datetime(2026 + self.month // 12, self.month % 12 + 1, 20, tzinfo=UTC))

    @property
    def period(self) -> str:
        return fund.latest_closed(self.conn) or ""

    @rule(
        sums=st.lists(
            st.tuples(st.integers(0, 2), st.sampled_from(CURRENCIES), st.integers(1, 4_000_000)), max_size=4
        )
    )
    def a_month_passes(self, sums: list[tuple[int, str, int]]) -> None:
        clock = self.clock
        for number, (who, currency, micros) in enumerate(sums):
            key = f"{self.month}-{number}"
            price = Money(micros * 2, currency)
            works = self.works[self.people[who]]
            book_deal(self.conn, key=key, buyer_id=self.buyer, price=price, asset_ids=works, clock=clock)
            self.made[currency] += micros
        if sums:
            close(self.conn, f"{clock.at:%Y-%m}", clock)
        self.month += 1
        self.prepared = False

    @precondition(lambda self: self.period)
    @rule()
    def order(self) -> None:
        before = prepare(self.conn, self.period, self.clock, rates=self.rates)
        assert prepare(self.conn, self.period, self.clock, rates=self.rates).new == 0, before

    @rule(who=st.integers(0, 2), currency=st.sampled_from(WANTED))
    def somebody_wants_another_currency(self, who: int, currency: str | None) -> None:
        add_account(self.conn, self.people[who], country=COUNTRIES[who], currency=currency)

    @rule()
    def rates_come_and_go(self) -> None:
        self.rates.known = not self.rates.known

    @rule(behaviour=st.sampled_from(Behaviour), times=st.integers(1, 3))
    def the_bank_misbehaves(self, behaviour: Behaviour, times: int) -> None:
        self.bank.tell(ANYBODY, behaviour, times=times)

    @precondition(lambda self: self.period)
    @rule(dies=st.booleans(), repeats=st.integers(1, 2))
    def ask_the_bank(self, dies: bool, repeats: int) -> None:
        """``dies``: the process is killed before it books what the bank said."""
        waiting = [
            payout_id
            for each in fund.periods(self.conn)
            if each.state is PeriodState.closed
            for payout_id in store.in_transit(self.conn, each.id)
        ]
        answers = ask(self.bank, list(store.orders(self.conn, waiting).values()))
        for _ in range(0 if dies else repeats):
            book(self.conn, waiting, answers, self.clock)

    @rule(number=st.integers(0, 9))
    def the_bank_takes_back(self, number: int) -> None:
        paid = sorted(self.bank.paid())
        if paid:
            self.bank.take_back(paid[number % len(paid)])

    @rule()
    def hear_about_earlier_payments(self) -> None:
        paid = store.paid_since(self.conn, datetime(2026, 1, 1, tzinfo=UTC))
        book(self.conn, paid, hear(self.bank, paid), self.clock)

    @precondition(lambda self: self.period)
    @rule(who=st.integers(0, 2), micros=st.integers(-2_000_000, 2_000_000).filter(bool), upheld=st.booleans())
    def dispute(self, who: int, micros: int, upheld: bool) -> None:
        person = self.people[who]
        open_ones = [each for each in store.disputes_of(self.conn, person) if each.outcome is None]
        if open_ones:
            change = Money(micros, open_ones[0].amount.currency)
            correction = Correction(change, AdjustmentKind.backpay, Against.house) if upheld else None
            outcome = DisputeOutcome.upheld if upheld else DisputeOutcome.rejected
            resolve(
                self.conn,
                open_ones[0].id,
                self.staff,
                self.clock,
                outcome=outcome,
                text="Decided.",
                correction=correction,
            )
            self.made[change.currency] += micros if upheld else 0
            return
        line = next(iter(lines(self.conn, person, self.period)), None)
        if line is not None:
            kind = SubjectKind(line.kind)
            open_dispute(
                self.conn, person, self.period, self.clock, kind=kind, subject=line.subject, text="Why?"
            )

    @invariant()
    def no_money_is_lost_or_made(self) -> None:
        for currency in CURRENCIES:
            parts = {
                prefix: sum(money.micros for money in ledger.balances(self.conn, prefix, currency).values())
                for prefix in ("payable:", "in_transit:", "withheld:", "cash:bank", "conversion:")
            }
            assert -sum(parts.values()) == self.made[currency], (currency, parts)

    @invariant()
    def nothing_below_a_yen_or_a_cent_leaves_the_bank(self) -> None:
        for sum_ in self.bank.paid().values():
            assert sum_.whole_cents()[0] == sum_

    @invariant()
    def the_books_never_say_that_more_was_paid_than_the_bank_paid(self) -> None:
        """What the bank did and nobody has booked yet is in transit here, or about to be owed again."""
        ours = store.outcomes(self.conn, self._orders())
        paid = {key for key, outcome in ours.items() if outcome.state == "paid"}
        assert paid <= self.bank.ever_paid()
        returned = {key for key, outcome in ours.items() if outcome.state == "returned"}
        assert not returned & self.bank.ever_paid()

    def _orders(self) -> list[str]:
        return list(self.conn.scalars(text("SELECT id FROM payout")))


@pytest.mark.timeout(300)
def test_nobody_is_paid_twice_and_no_money_is_lost(engine: Engine) -> None:
    Payments.engine = engine
    run_state_machine_as_test(
        Payments,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
