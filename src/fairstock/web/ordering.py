"""A buyer's order for new images: moderated and recorded at once, made by the worker whose model is warm."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import anyio
from sqlalchemy import Connection

from fairstock.bootstrap import App
from fairstock.db.locks import is_held
from fairstock.generation import queue
from fairstock.generation import store as generation
from fairstock.generation.model import Order, Request, RequestState
from fairstock.generation.request import request as record
from fairstock.generation.store import queue as places
from fairstock.moderation.model import Decision
from fairstock.optout import store as optouts

NO_WORKER = "No worker is running at the moment; your request waits in the queue until there is one."
HEARTBEAT_SECONDS = 15.0
"""A stream that has nothing to tell says so this often, so that nobody between takes it for dead."""
MOST_WATCHERS = 200
"""Pages that one process keeps up to date at once; each holds a sleeping thread."""
_watching = anyio.CapacityLimiter(MOST_WATCHERS)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a request is."""

    state: RequestState
    made: int
    """Pictures that are drawn; marking and signing them goes on beside."""
    trouble: str | None = None
    """What keeps it from going on, one sentence."""


def place(app: App, order: Order) -> Request:
    """Record a buyer's order with moderation's decision; where accepted, put it into the queue.

    The same key is the same order. Raises what ``generation.request.request`` raises.
    """
    with app.transaction() as conn:
        recorded = record(conn, order, decision_on(app, conn, order.prompt), app.clock)
        queue.submit(conn, recorded.id, app.clock)
    return recorded


def progress(conn: Connection, request_id: str) -> Progress:
    """How far a request is; raises ``RequestNotFound``."""
    state = generation.get(conn, request_id).state
    if state is not RequestState.pending:
        return Progress(state, 0)
    queued = places.get(conn, request_id)
    trouble = NO_WORKER if queued and not is_held(conn, queue.WORKERS) else None
    return Progress(state, queued.made if queued else 0, trouble)


async def watch(app: App, request_id: str) -> AsyncIterator[str]:
    """Server-sent events (HTML standard, section 9.2) on one request: its progress now and at each change,
    until it has ended.
    """
    known: Progress | None = None
    while known is None or known.state is RequestState.pending:
        look = partial(_changed, app, request_id, known)
        changed = await anyio.to_thread.run_sync(look, limiter=_watching, abandon_on_cancel=True)
        if changed is None:
            yield ": nothing new\n\n"
            continue
        known = changed
        told = {"state": known.state.value, "made": known.made, "trouble": known.trouble}
        yield f"event: progress\ndata: {json.dumps(told)}\n\n"


def _changed(app: App, request_id: str, known: Progress | None) -> Progress | None:
    """The progress as soon as it is not ``known``; None where nothing changes for a while."""

    def look() -> Progress | None:
        with app.transaction() as conn:
            found = progress(conn, request_id)
        return None if found == known else found

    return app.news.wait_until(look, key=request_id, timeout_seconds=HEARTBEAT_SECONDS)


def decision_on(app: App, conn: Connection, prompt: str) -> Decision:
    """What the policy says, with the names of people who opted out."""
    return app.moderator.decide(prompt, *optouts.refused_names(conn))
