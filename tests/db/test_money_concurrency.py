"""Sales, closes and payouts that happen at the same time, on connections of their own."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from factories.core import add_buyer, add_contributor, usd
from factories.money import (
    AFTER,
    IN_PERIOD,
    PERIOD,
    add_account,
    add_generated,
    add_licensed_works,
    add_release,
    sell_one,
)
from sqlalchemy import Connection, Engine

from fairstock.adapters.test_bank import TestBank
from fairstock.db.checks import run_checks
from fairstock.db.transaction import transaction
from fairstock.fund import store as fund
from fairstock.fund.close import close
from fairstock.fund.deals import book_deal
from fairstock.ledger import store as ledger
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import post
from fairstock.license import store as licenses
from fairstock.payout import store as payouts
from fairstock.payout.adjust import ReserveTooSmall, adjust
from fairstock.payout.model import AdjustmentKind, Against
from fairstock.payout.prepare import prepare
from fairstock.payout.settle import ask, book


def test_the_same_buyers_sales_are_counted_one_after_the_other(engine: Engine) -> None:
    with transaction(engine) as conn:
        buyer = add_buyer(conn)
        add_release(conn, {"cat": (add_contributor(conn), 1)})
        picture = add_generated(conn, buyer)

    def sell(n: int) -> None:
        with transaction(engine) as conn:
            sell_one(conn, picture, buyer, f"order-{n % 12}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(sell, range(24)))
    with transaction(engine) as conn:
        sold = licenses.sales_of(conn, buyer)
        assert sorted(each.quantity_before for each in sold) == list(range(12))
        assert run_checks(conn) == []


def test_what_is_sold_during_a_close_counts_in_one_period_or_the_other(engine: Engine) -> None:
    with transaction(engine) as conn:
        buyers = [add_buyer(conn, f"buyer-{n}") for n in range(4)]
        add_release(conn, {"cat": (add_contributor(conn), 1)})
        picture = add_generated(conn, buyers[0])
        sell_one(conn, picture, buyers[0], "first")

    def sell(n: int) -> None:
        with transaction(engine) as conn:
            sell_one(conn, picture, buyers[n % 4], f"order-{n}", clock=IN_PERIOD)

    def shut(_: int) -> None:
        with transaction(engine) as conn:
            close(conn, PERIOD, AFTER, allow_unattributed=True)

    with ThreadPoolExecutor(5) as pool:
        running = [pool.submit(shut if n in (10, 20) else sell, n) for n in range(40)]
        for each in running:
            each.result()
    with transaction(engine) as conn:
        accrued = [fund.accrued_in(conn, each.id)["USD"] for each in fund.periods(conn)]
        assert sum(each.micros for each in accrued) == 39 * 6_000
        assert run_checks(conn) == []


def test_two_runs_that_pay_at_once_pay_once(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as conn:
        for n in range(8):
            who = add_contributor(conn, f"person-{n}")
            add_account(conn, who)
            works = add_licensed_works(conn, who, [1])
            buyer = add_buyer(conn)
            book_deal(
                conn, key=str(n), buyer_id=buyer, price=usd(4_000_000), asset_ids=works, clock=IN_PERIOD
            )
        close(conn, PERIOD, AFTER)
    bank = TestBank(tmp_path / "bank")

    def pay(_: int) -> int:
        with transaction(engine) as conn:
            waiting = prepare(conn, PERIOD, AFTER).in_transit
        with transaction(engine) as conn:
            orders = list(payouts.orders(conn, waiting).values())
        answers = ask(bank, orders)
        with transaction(engine) as conn:
            return book(conn, waiting, answers, AFTER).settled

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(pay, range(3))) == 8
    with transaction(engine) as conn:
        assert ledger.balance(conn, "cash:bank", "USD") == usd(-16_000_000)
        assert run_checks(conn) == []
    assert sum(money.micros for money in bank.paid().values()) == 16_000_000


def test_two_corrections_at_once_do_not_give_the_same_rest_of_the_reserve(engine: Engine) -> None:
    with transaction(engine) as conn:
        ann, staff, buyer = add_contributor(conn), add_contributor(conn, "fin"), add_buyer(conn)
        postings = (Posting(f"buyer:{buyer}", usd(5)), Posting("reserve:fund", usd(-5)))
        post(conn, Transaction("reserve", TransactionKind.reserve, AFTER.at, postings, "All there is"))

    def give(conn: Connection, key: str) -> None:
        backpay, reserve = AdjustmentKind.backpay, Against.reserve
        adjust(
            conn, key=key, contributor_id=ann, amount=usd(5), kind=backpay, against=reserve,
            reason="forgotten", decided_by=staff, at=AFTER.at,
        )  # fmt: skip

    def give_later() -> None:
        with transaction(engine) as conn:
            give(conn, "second")

    with ThreadPoolExecutor(1) as pool, transaction(engine) as first:
        give(first, "first")
        second = pool.submit(give_later)
        time.sleep(0.3)
        assert not second.done()
        first.commit()
        with pytest.raises(ReserveTooSmall):
            second.result(timeout=20)
