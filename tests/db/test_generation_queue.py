"""The queue of requests: fair, safe against workers that die, and quick to tell whoever waits."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from factories.core import NOON, add_buyer
from sqlalchemy import Connection, Engine

from fairstock.bootstrap import App
from fairstock.db.bell import Bell
from fairstock.db.locks import held
from fairstock.db.transaction import transaction
from fairstock.generation import queue as use
from fairstock.generation import store
from fairstock.generation.fulfil import give_up
from fairstock.generation.model import Order, Request, RequestState
from fairstock.generation.store import queue
from fairstock.kit.clock import FixedClock

CLOCK = FixedClock(NOON)
ALLOW = {"decision": "allow"}


def ask(conn: Connection, buyer: str, key: str, n: int = 1, minute: int = 0) -> str:
    """A pending request in the queue."""
    order = Order(key, buyer, "a red apple", n, 256)
    request = store.add(conn, order, RequestState.pending, ALLOW, NOON)
    use.submit(conn, request.id, FixedClock(NOON + timedelta(minutes=minute)), limit_seconds=3600)
    return request.id


def buyers(conn: Connection) -> tuple[str, str]:
    return add_buyer(conn, "studio"), add_buyer(conn, "press")


def as_it_is(_: Connection, request: Request) -> Request:
    return request


def test_a_take_is_ten_pictures_at_most_so_that_nobody_waits_behind_forty(engine: Engine) -> None:
    with transaction(engine) as conn:
        studio, press = buyers(conn)
        large = [ask(conn, studio, f"studio-{number}", n=10, minute=number) for number in range(3)]
        small = [ask(conn, press, f"press-{number}", n=4, minute=5 + number) for number in range(3)]
    with held(engine, "first") as first, held(engine, "other") as other, transaction(engine) as conn:
        assert queue.take(conn, first, 4, NOON) == large[:1]
        assert queue.take(conn, other, 4, NOON) == small[:2]
        assert queue.take(conn, other, 4, NOON) == small[2:]
        assert queue.take(conn, first, 4, NOON, pictures=30) == large[1:]


def test_a_buyer_with_one_request_does_not_wait_behind_anothers_hundred(engine: Engine) -> None:
    with transaction(engine) as conn:
        studio, press = buyers(conn)
        many = [ask(conn, studio, f"studio-{number}", minute=number) for number in range(20)]
        one = ask(conn, press, "press-1", minute=30)
    with held(engine, "worker") as worker, transaction(engine) as conn:
        assert queue.take(conn, worker, 3, NOON) == [many[0], one, many[1]]


def test_pictures_in_work_count_against_their_buyer(engine: Engine) -> None:
    with transaction(engine) as conn:
        studio, press = buyers(conn)
        large = ask(conn, studio, "large", n=10)
        ask(conn, studio, "second", minute=1)
        theirs = [ask(conn, press, f"press-{number}", minute=2 + number) for number in range(3)]
    with held(engine, "first") as first, held(engine, "other") as other, transaction(engine) as conn:
        assert queue.take(conn, first, 1, NOON) == [large]
        assert queue.take(conn, other, 3, NOON) == theirs


def test_two_workers_never_take_the_same_request(engine: Engine) -> None:
    with transaction(engine) as conn:
        studio, _ = buyers(conn)
        asked = {ask(conn, studio, f"key-{number}") for number in range(30)}
    taken: list[str] = []

    def work(name: str, gate: threading.Barrier) -> None:
        with held(engine, name) as worker:
            gate.wait()
            while True:
                with transaction(engine) as conn:
                    got = queue.take(conn, worker, 2, NOON)
                if not got:
                    break
                taken.extend(got)
            gate.wait()  # alive until both have looked

    gate = threading.Barrier(2)
    threads = [threading.Thread(target=work, args=(name, gate)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(taken) == sorted(asked)


def test_what_a_dead_worker_had_taken_is_taken_again(engine: Engine) -> None:
    with transaction(engine) as conn:
        studio, _ = buyers(conn)
        asked = ask(conn, studio, "key")
    with held(engine, "dies") as dying:
        with transaction(engine) as conn:
            assert queue.take(conn, dying, 1, NOON) == [asked]
        with held(engine, "lives") as living, transaction(engine) as conn:
            assert queue.take(conn, living, 1, NOON) == []
    with held(engine, "lives") as living, transaction(engine) as conn:
        assert queue.take(conn, living, 1, NOON) == [asked]


@pytest.mark.parametrize("end", ["cancelled", "given up"])
def test_a_request_that_ends_leaves_the_queue_and_is_no_longer_wanted(conn: Connection, end: str) -> None:
    studio, _ = buyers(conn)
    asked = ask(conn, studio, "key")
    assert queue.note_made(conn, asked, 1)
    if end == "cancelled":
        assert use.cancel(conn, asked, CLOCK)
        assert not use.cancel(conn, asked, CLOCK)
    else:
        give_up(conn, asked, "The model caught fire.", CLOCK)
    assert queue.get(conn, asked) is None
    assert not queue.note_made(conn, asked, 2)
    assert store.get(conn, asked).state is RequestState.failed


def test_the_same_key_may_ask_again_after_a_cancellation(conn: Connection) -> None:
    studio, _ = buyers(conn)
    asked = ask(conn, studio, "key")
    use.cancel(conn, asked, CLOCK)
    use.submit(conn, asked, CLOCK)
    assert queue.get(conn, asked) is None  # not pending: nothing to make
    store.set_state(conn, asked, RequestState.pending)
    use.submit(conn, asked, CLOCK)
    assert queue.get(conn, asked) is not None


def test_a_request_whose_limit_is_over_fails_with_a_clear_reason(conn: Connection) -> None:
    studio, _ = buyers(conn)
    asked = ask(conn, studio, "key")
    assert use.expire(conn, CLOCK) == []
    assert use.expire(conn, FixedClock(NOON + timedelta(seconds=3601))) == [asked]
    failure = store.get(conn, asked).failure or ""
    assert "not made within 3600 seconds; nothing is charged" in failure


def test_whoever_waits_hears_of_progress_and_of_the_end(app: App) -> None:
    with app.transaction() as conn:
        studio, _ = buyers(conn)
        asked = ask(conn, studio, "key", n=2)
    heard: list[int] = []

    def work() -> None:
        for made in (1, 2):
            with app.transaction() as conn:
                queue.note_made(conn, asked, made)
            deadline = time.monotonic() + 20
            while heard[-1:] != [made] and time.monotonic() < deadline:
                time.sleep(0.01)
        with app.transaction() as conn:
            give_up(conn, asked, "No paint.", CLOCK)

    worker = threading.Thread(target=work)
    worker.start()
    with Bell(app.engine, use.NEWS) as bell:
        request = use.wait_for(
            app.transaction, bell, asked, timeout_seconds=30, then=as_it_is, on_progress=heard.append
        )
    worker.join(30)
    assert (request.state, request.failure) == (RequestState.failed, "No paint.")
    assert heard == [1, 2]


def test_waiting_ends_with_the_time_that_was_given(app: App) -> None:
    with app.transaction() as conn:
        studio, _ = buyers(conn)
        asked = ask(conn, studio, "key")
    with Bell(app.engine, use.NEWS) as bell, pytest.raises(use.TookTooLong, match="nothing is charged"):
        use.wait_for(app.transaction, bell, asked, timeout_seconds=0.2, then=as_it_is)
    with app.transaction() as conn:
        assert store.get(conn, asked).state is RequestState.pending
