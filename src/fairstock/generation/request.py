"""Use case: record what a buyer asks for together with what moderation says about it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from fairstock.generation import store
from fairstock.generation.model import Order, Request, RequestState
from fairstock.generation.rules import check_order, seeds_of
from fairstock.generation.sources import check_parent
from fairstock.kit.clock import Clock
from fairstock.moderation.diversity import load_diversity
from fairstock.moderation.model import Decision, Verdict

_STATES = {
    Verdict.ALLOW: RequestState.pending,
    Verdict.BLOCK: RequestState.refused,
    Verdict.REVIEW: RequestState.review,
}


def request(conn: Connection, order: Order, decision: Decision, clock: Clock) -> Request:
    """The recorded request; the same key again gives the first one with its first decision, and a request
    that had failed becomes pending again. Where the buyer did not turn it off, people whom the prompt leaves
    open are planned over its pictures (``moderation.diversity``).

    Raises ``RequestKeyReused``, what ``check_order`` raises, and ``NotYours`` where it continues from a
    picture of somebody else's.
    """
    check_parent(conn, order)
    checked = check_order(order)
    state = _STATES[decision.decision]
    recorded = store.add(conn, checked, state, decision.as_json(), clock.now(), plan=_plan(checked, state))
    if recorded.state is not RequestState.failed:
        return recorded
    store.set_state(conn, recorded.id, RequestState.pending)
    return store.get(conn, recorded.id)


def _plan(order: Order, state: RequestState) -> dict[str, Any] | None:
    """The pictures' revised prompts; None where the buyer gave a picture, said ``off``, or is refused."""
    unwanted = order.options.get("diversity") == "off" or order.takes_a_picture
    if unwanted or state is RequestState.refused:
        return None
    plan = load_diversity().plan(order.prompt, order.n, seeds_of(order.key, 1)[0])
    return plan.as_json() if plan else None
