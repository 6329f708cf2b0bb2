"""The books through their functions: booked once, balances, history, reversals."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories.core import NOON, sale, usd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from fairstock.db.transaction import transaction
from fairstock.kit.money import Money
from fairstock.ledger import store
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import BATCH, post, post_many, reverse
from fairstock.ledger.rules import AlreadyReversed, KeyReused, NotAMirror, Unbalanced


def settle(conn: Connection) -> None:
    """Run the deferred triggers now, as a commit would."""
    conn.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    conn.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")


def test_a_sale_moves_money_between_accounts(conn: Connection) -> None:
    assert post(conn, sale()).created
    settle(conn)
    assert store.balance(conn, "buyer:pty_buyer", "USD") == usd(20_000)
    assert store.balance(conn, "revenue:house", "USD") == usd(-14_000)
    assert store.balance(conn, "fund:2026-11", "USD") == usd(-6_000)
    assert store.balance(conn, "fund:2026-11", "EUR") == Money.zero("EUR")


def test_the_same_transaction_again_is_a_no_op(conn: Connection) -> None:
    first, second = post(conn, sale()), post(conn, sale())
    assert (first.id, first.created, second.created) == (second.id, True, False)
    assert store.balance(conn, "fund:2026-11", "USD") == usd(-6_000)


def test_a_key_cannot_be_used_for_something_else(conn: Connection) -> None:
    post(conn, sale())
    with pytest.raises(KeyReused, match="'sale:1' is booked with another content") as caught:
        post(conn, sale(price=30_000))
    assert caught.value.exit_code == 1
    with pytest.raises(KeyReused):
        post_many(conn, [sale("sale:2"), sale("sale:2", fund=1)])


def test_many_at_once_and_again(conn: Connection) -> None:
    batch = [sale(f"sale:{number}") for number in range(300)]
    assert all(result.created for result in post_many(conn, batch[:200]))
    results = post_many(conn, [*batch, batch[0]])
    assert [result.created for result in results] == [False] * 200 + [True] * 100 + [False]
    settle(conn)
    assert store.balances(conn, "fund:") == {"fund:2026-11": usd(-6_000 * 300)}


def test_nothing_at_all_may_be_booked(conn: Connection) -> None:
    assert post_many(conn, []) == []


def test_more_than_one_statement_of_transactions(conn: Connection) -> None:
    results = post_many(conn, (sale(f"bulk:{number}") for number in range(BATCH + 5)))
    assert sum(result.created for result in results) == BATCH + 5
    settle(conn)


def test_one_bad_transaction_stops_the_batch(engine: Engine) -> None:
    bad = replace(sale("sale:2"), postings=(Posting("cash:bank", usd(2)), Posting("revenue:house", usd(-1))))

    def book(conn: Connection) -> None:
        post(conn, sale("sale:1"))
        post_many(conn, [sale("sale:3"), bad])

    words = r"'sale:2' cannot be booked: its postings sum to USD 0\.000001"
    with pytest.raises(Unbalanced, match=words), transaction(engine) as conn:
        book(conn)
    with transaction(engine) as conn:
        assert store.balances(conn, "") == {}


def test_balances_are_found_by_prefix(conn: Connection) -> None:
    post_many(conn, [sale("a", buyer="p1"), sale("b", buyer="p1"), sale("c", buyer="p2", price=9_000)])
    assert store.balances(conn, "buyer:") == {"buyer:p1": usd(40_000), "buyer:p2": usd(9_000)}
    assert store.balances(conn, "buyer:p_") == {}
    assert store.balances(conn, "buyer:", "EUR") == {}


def test_history_shows_every_entry_with_its_balance(conn: Connection) -> None:
    post_many(conn, [sale("a"), sale("b", fund=4_000)])
    entries = store.history(conn, "fund:2026-11")
    assert {entry.key: entry.amount for entry in entries} == {"a": usd(-6_000), "b": usd(-4_000)}
    assert entries[-1].balance == usd(-10_000)
    assert entries[0].kind is TransactionKind.sale
    assert entries[0].effective_at == NOON
    assert entries[0].details["sale"] in ("a", "b")


def test_what_was_booked_can_be_read_back(conn: Connection) -> None:
    post(conn, sale())
    assert store.get(conn, "sale:1") == sale()
    with pytest.raises(store.TransactionNotFound, match="under the key 'sale:9'"):
        store.get(conn, "sale:9")


def test_texts_with_every_sign_survive(conn: Connection) -> None:
    odd = replace(
        sale(), memo="50 % of {all} :x \\ \"q\" 'q' ✓ ,", details={"Größe": ["%s", None, 1.5, {"a": ":b"}]}
    )
    post(conn, odd)
    assert store.get(conn, "sale:1") == odd


def test_a_reversal_undoes_a_transaction_once(conn: Connection) -> None:
    post(conn, sale())
    undo = reverse(conn, "sale:1", effective_at=NOON, memo="charged twice", kind=TransactionKind.refund)
    assert undo.created
    settle(conn)
    assert set(store.balances(conn, "").values()) == {usd(0)}
    assert store.get(conn, "refund:sale:1").reverses == "sale:1"
    again = reverse(conn, "sale:1", effective_at=NOON, memo="charged twice", kind=TransactionKind.refund)
    assert not again.created
    with pytest.raises(AlreadyReversed, match="'sale:1' was undone before"):
        reverse(conn, "sale:1", effective_at=NOON, memo="once more")


def test_only_a_mirror_reverses(conn: Connection) -> None:
    post(conn, sale())
    with pytest.raises(NotAMirror):
        post(conn, replace(sale("half", price=10_000, fund=3_000), reverses="sale:1"))
    with pytest.raises(store.TransactionNotFound):
        post(conn, replace(sale("x"), reverses="nothing"))
    with pytest.raises(store.TransactionNotFound):
        reverse(conn, "nothing", effective_at=NOON, memo="")


MOVES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 10**9)).filter(
        lambda move: move[0] != move[1]
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, retries=st.lists(st.integers(0, 24), max_size=10))
def test_any_history_balances_and_retries_change_nothing(
    conn: Connection, moves: list[tuple[int, int, int]], retries: list[int]
) -> None:
    """Whatever is booked, in whatever batches and however often again: the books equal a plain sum of the
    moves.
    """
    booked = [
        Transaction(
            f"move:{number}",
            TransactionKind.adjustment,
            NOON,
            (Posting(f"payable:{debit}", usd(micros)), Posting(f"payable:{credit}", usd(-micros))),
        )
        for number, (debit, credit, micros) in enumerate(moves)
    ]
    with conn.begin_nested() as savepoint:
        post_many(conn, booked[::2])
        post_many(conn, booked)
        post_many(conn, [booked[index] for index in retries if index < len(booked)])
        settle(conn)
        expected: dict[str, int] = {}
        for debit, credit, micros in moves:
            expected[f"payable:{debit}"] = expected.get(f"payable:{debit}", 0) + micros
            expected[f"payable:{credit}"] = expected.get(f"payable:{credit}", 0) - micros
        found = store.balances(conn, "payable:")
        assert {account: amount.micros for account, amount in found.items()} == expected
        assert sum(expected.values()) == 0
        savepoint.rollback()
