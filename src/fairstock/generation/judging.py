"""Use cases: a buyer appeals against a refusal, and a person decides about a prompt that waits for one.

    refused → (appeal) → review → (decide) → pending, and in the queue | refused for good

What moderation said stays in the decision as ``machine``, beside what the buyer and the person said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from fairstock.generation import queue, store
from fairstock.generation.model import Request, RequestState
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput
from fairstock.moderation.model import Verdict

LONGEST_TEXT = 2000
"""Characters that are kept of what a buyer or a person says."""


class NoAppeal(BadInput):
    """A request cannot be appealed against."""

    def __init__(self, request_id: str) -> None:
        super().__init__(
            f"Nobody can appeal about {request_id}: it is not refused, or a person has decided already.",
            remedy="ask again with other words",
        )


class NothingToDecide(BadInput):
    """A request does not wait for a person."""

    def __init__(self, request_id: str) -> None:
        super().__init__(f"The request {request_id} does not wait for a person.", remedy="reload the list")


class ReasonNeeded(BadInput):
    """Something was said about a request without a word."""

    def __init__(self) -> None:
        super().__init__("Somebody will read this, and it says nothing.", remedy="write a sentence")


def appeal(conn: Connection, request_id: str, text: str, clock: Clock) -> None:
    """Let a person look at what moderation refused; again is a no-op. Raises ``NoAppeal``, ``ReasonNeeded``
    and ``RequestNotFound``.
    """
    found = store.get(conn, request_id, lock=True)
    if found.state is RequestState.review and "appeal" in found.decision:
        return
    if found.state is not RequestState.refused or "person" in found.decision:
        raise NoAppeal(request_id)
    said = {"text": _said(text), "at": clock.now().isoformat()}
    decision = _with(found, Verdict.REVIEW, "Your appeal waits: a person looks at it.", {"appeal": said})
    store.set_decision(conn, request_id, decision)
    store.set_state(conn, request_id, RequestState.review)


def decide(  # noqa: PLR0917 - as screening.review.decide
    conn: Connection, request_id: str, person_id: str, allow: bool, note: str, clock: Clock
) -> None:
    """A person's decision: pictures are made, or it is refused for good with a reason that the buyer reads.

    Raises ``NothingToDecide``, ``ReasonNeeded`` and ``RequestNotFound``.
    """
    found = store.get(conn, request_id, lock=True)
    if found.state is not RequestState.review:
        raise NothingToDecide(request_id)
    said = note.strip()[:LONGEST_TEXT] if allow else _said(note)
    person = {"id": person_id, "at": clock.now().isoformat(), "note": said}
    verdict = Verdict.ALLOW if allow else Verdict.BLOCK
    told = "A person allowed it." if allow else f"Not made, and nothing is charged. A person decided: {said}"
    store.set_decision(conn, request_id, _with(found, verdict, told, {"person": person}))
    if not allow:
        store.set_state(conn, request_id, RequestState.refused, at=clock.now())
        return
    store.set_state(conn, request_id, RequestState.pending)
    queue.submit(conn, request_id, clock)


def _with(found: Request, verdict: Verdict, sentence: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """The decision as it is now, with the machine's own below it."""
    said = dict(found.decision)
    return {
        **said,
        "machine": said.get("machine", said),
        "decision": verdict.value,
        "sentence": sentence,
        **more,
    }


def _said(text: str) -> str:
    if not text.strip():
        raise ReasonNeeded
    return text.strip()[:LONGEST_TEXT]
