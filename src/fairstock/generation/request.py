"""Use case: record what a buyer asks for together with what moderation says about it."""

from __future__ import annotations

from sqlalchemy import Connection

from fairstock.generation import store
from fairstock.generation.model import Order, Request, RequestState
from fairstock.generation.rules import check_order
from fairstock.generation.sources import check_parent
from fairstock.kit.clock import Clock
from fairstock.moderation.model import Decision, Verdict

_STATES = {
    Verdict.ALLOW: RequestState.pending,
    Verdict.BLOCK: RequestState.refused,
    Verdict.REVIEW: RequestState.review,
}


def request(conn: Connection, order: Order, decision: Decision, clock: Clock) -> Request:
    """The recorded request; the same key again gives the first one with its first decision, and a request
    that had failed becomes pending again.

    Raises ``RequestKeyReused``, what ``check_order`` raises, and ``NotYours`` where it continues from a
    picture of somebody else's.
    """
    check_parent(conn, order)
    recorded = store.add(
        conn, check_order(order), _STATES[decision.decision], decision.as_json(), clock.now()
    )
    if recorded.state is not RequestState.failed:
        return recorded
    store.set_state(conn, recorded.id, RequestState.pending)
    return store.get(conn, recorded.id)
