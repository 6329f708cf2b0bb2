"""Two sessions at once: a key is booked by one of them, whatever the timing."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories.core import sale, usd
from sqlalchemy import Engine

from fairstock.db.transaction import transaction
from fairstock.ledger import store
from fairstock.ledger.model import PostResult, Transaction
from fairstock.ledger.post import post, post_many
from fairstock.ledger.rules import KeyReused


def test_the_second_session_waits_and_books_nothing(engine: Engine) -> None:
    with ThreadPoolExecutor(1) as pool, transaction(engine) as first:
        assert post(first, sale()).created
        other = pool.submit(_post, engine, sale())
        time.sleep(0.3)
        assert not other.done()
        first.commit()
        assert not other.result(timeout=20).created
    assert _fund(engine) == -6_000


def test_the_second_session_books_where_the_first_gave_up(engine: Engine) -> None:
    with ThreadPoolExecutor(1) as pool, engine.connect() as first:
        post(first, sale())
        other = pool.submit(_post, engine, sale())
        time.sleep(0.2)
        first.rollback()
        assert other.result(timeout=20).created
    assert _fund(engine) == -6_000


def test_another_content_is_noticed_across_sessions(engine: Engine) -> None:
    with ThreadPoolExecutor(1) as pool, engine.connect() as first:
        post(first, sale())
        other = pool.submit(_post, engine, sale(fund=1))
        time.sleep(0.2)
        first.commit()
        with pytest.raises(KeyReused):
            other.result(timeout=20)


def test_many_sessions_with_overlapping_batches(engine: Engine) -> None:
    """Each takes the keys in another order; none deadlocks and each key is booked once."""
    keys = [f"sale:{number}" for number in range(60)]
    start = threading.Barrier(4)

    def work(turn: int) -> int:
        order = keys[turn * 7 :] + keys[: turn * 7]
        start.wait(timeout=20)
        with transaction(engine) as conn:
            return sum(result.created for result in post_many(conn, [sale(key) for key in reversed(order)]))

    with ThreadPoolExecutor(4) as pool:
        created = list(pool.map(work, range(4)))
    assert sum(created) == 60
    assert _fund(engine) == -6_000 * 60


def _post(engine: Engine, new: Transaction) -> PostResult:
    with transaction(engine) as conn:
        return post(conn, new)


def _fund(engine: Engine) -> int:
    with transaction(engine) as conn:
        balance = store.balance(conn, "fund:2026-11", "USD")
    assert balance == usd(balance.micros)
    return balance.micros
