"""Contributors who are owed money, and rounds of payment, for tests of payouts."""

from __future__ import annotations

from datetime import UTC, datetime

from factories.core import add_buyer, add_contributor, usd
from factories.money import AFTER, IN_PERIOD, PERIOD, add_account, add_licensed_works
from sqlalchemy import Connection, text

from fairstock.adapters.test_bank import TestBank
from fairstock.db.checks import run_checks
from fairstock.fund.close import close
from fairstock.fund.deals import book_deal
from fairstock.kit.clock import FixedClock
from fairstock.ledger import store as ledger
from fairstock.payout import store
from fairstock.payout.model import Booked
from fairstock.payout.settle import ask, book

DECEMBER = FixedClock(datetime(2026, 12, 3, tzinfo=UTC))
"""When the month after ``PERIOD`` is closed and paid."""


def earn(
    conn: Connection, contributor: str, micros: int, *, key: str = "deal", clock: FixedClock = IN_PERIOD
) -> None:
    """Have somebody earn a sum from a deal."""
    works = add_licensed_works(conn, contributor, [1])
    buyer = add_buyer(conn)
    book_deal(
        conn, key=f"{key}-{contributor}", buyer_id=buyer, price=usd(micros * 2), asset_ids=works, clock=clock
    )


def due(conn: Connection, *sums: int) -> list[str]:
    """Contributors with a closed period and good accounts, who are owed these sums."""
    people = [add_contributor(conn, f"person-{n}") for n in range(len(sums))]
    for person, micros in zip(people, sums, strict=True):
        earn(conn, person, micros)
        add_account(conn, person)
    close(conn, PERIOD, AFTER)
    return people


def pay(conn: Connection, bank: TestBank) -> Booked:
    """One round: ask the bank about everything in transit, and book."""
    waiting = store.in_transit(conn, PERIOD)
    answers = ask(bank, list(store.orders(conn, waiting).values()))
    return book(conn, waiting, answers, AFTER)


def balance(conn: Connection, account: str, currency: str = "USD") -> int:
    """Micro-units on an account of the ledger."""
    return ledger.balance(conn, account, currency).micros


def assert_books(conn: Connection) -> None:
    """Every rule in sql/checks holds."""
    conn.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert run_checks(conn) == []
