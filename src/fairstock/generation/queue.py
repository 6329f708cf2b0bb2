"""Use cases of the queue between buyers who wait and the worker that keeps the model warm.

    submit → (worker: take → pictures → done) → wait_for

A request leaves the queue when its state changes; that is a trigger's work, so that no way of finishing one
can forget it. The same trigger rings for those who wait.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from fairstock.db.bell import Bell
from fairstock.generation import store
from fairstock.generation.fulfil import give_up
from fairstock.generation.model import Request, RequestState
from fairstock.generation.store import queue
from fairstock.kit.clock import Clock
from fairstock.kit.errors import Failure

NEWS = "generation_news"
"""Channel that rings with a request's id when its state or progress changes."""

WORK = "generation_queue"
"""Channel that rings when a request is put into the queue."""

WORKERS = "generation workers"
"""Name of the lock that every worker shares for as long as it lives."""

CANCELLED = "The buyer cancelled it."

Found = TypeVar("Found")

Transactions = Callable[[], AbstractContextManager[Connection]]
"""Opens one unit of work."""


class TookTooLong(Failure):
    """A request was not made within its limit."""

    def __init__(self, request_id: str, seconds: float) -> None:
        super().__init__(
            f"The request {request_id} was not made within {seconds:.0f} seconds; nothing is charged.",
            remedy="try again later",
        )


def submit(
    conn: Connection, request_id: str, clock: Clock, *, sell: bool = False, limit_seconds: float | None = None
) -> None:
    """Put an accepted request into the queue; any other is left as it is.

    With ``sell`` each picture is licensed to the buyer, at its size, in the transaction that makes the
    request done. After ``limit_seconds`` it is given up. Safe to repeat.
    """
    if store.get(conn, request_id, lock=True).state is RequestState.pending:
        now = clock.now()
        deadline = None if limit_seconds is None else now + timedelta(seconds=limit_seconds)
        queue.put(conn, request_id, sell=sell, at=now, deadline=deadline)


def cancel(conn: Connection, request_id: str, clock: Clock, reason: str = CANCELLED) -> bool:
    """Give up a request that is not done; what a worker still draws for it is thrown away and not charged.

    False where it had ended before. The same key may ask again.
    """
    if store.get(conn, request_id, lock=True).state is not RequestState.pending:
        return False
    give_up(conn, request_id, reason, clock)
    return True


def expire(conn: Connection, clock: Clock) -> list[str]:
    """Give up every request whose limit is over; returns their ids."""
    late = queue.overdue(conn, clock.now())
    for request_id, limit in late.items():
        give_up(conn, request_id, str(TookTooLong(request_id, limit.total_seconds())), clock)
    return list(late)


def wait_for(
    transactions: Transactions,
    bell: Bell,
    request_id: str,
    *,
    timeout_seconds: float,
    then: Callable[[Connection, Request], Found],
    on_progress: Callable[[int], None] | None = None,
) -> Found:
    """Block until the request has ended; returns what ``then`` reads of it, in the transaction that saw it
    end. ``bell`` listens on ``NEWS``.

    Raises ``TookTooLong`` when the time is over first; the request itself goes on until its own limit.
    ``on_progress`` hears the number of pictures drawn so far whenever it changes.
    """
    told = 0

    def ended() -> Found | None:
        nonlocal told
        with transactions() as conn:
            request = store.get(conn, request_id)
            if request.state is not RequestState.pending:
                return then(conn, request)
            place = queue.get(conn, request_id) if on_progress else None
        if on_progress and place and place.made != told:
            told = place.made
            on_progress(told)
        return None

    found = bell.wait_until(ended, key=request_id, timeout_seconds=timeout_seconds)
    if found is None:
        raise TookTooLong(request_id, timeout_seconds)
    return found
