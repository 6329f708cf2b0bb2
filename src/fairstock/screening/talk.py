"""What staff asks a contributor, and what a contributor answers, appeals and withdraws.

Each verb records what was said; the caller moves the upload in the same transaction (``web.deciding``).
Saying the same again is a no-op.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput
from fairstock.kit.ids import derived_id
from fairstock.screening import store
from fairstock.screening.cases import Answer, Appeal, Request
from fairstock.screening.model import Outcome
from fairstock.screening.ports import FileRefusal
from fairstock.screening.review import NotWaiting, check_reviewer
from fairstock.screening.rules import of_gate

LONGEST = 4000
"""Characters of a text."""


class NothingSaid(BadInput):
    """A request, an answer or an appeal without content."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} needs some words.", remedy="write what the other side should know")


class NotAppealable(BadInput):
    """There is nothing to appeal against, or it was appealed before."""

    def __init__(self, why: str) -> None:
        super().__init__(f"This cannot be appealed: {why}.", remedy="read what was decided about the file")


@dataclass(frozen=True, slots=True)
class SentFile:
    """A raw or layered file that a contributor sent; its bytes lie in the object store already."""

    sha256: str
    filename: str
    size: int
    """Bytes."""
    support: Mapping[str, Any] | None = None
    """What comparing it with the picture showed; None: it was not compared."""


def request(conn: Connection, upload_id: str, reviewer_id: str, text: str, clock: Clock) -> Request:
    """A reviewer asks for evidence about an upload that waits.

    Raises NotWaiting, NotAReviewer, NothingSaid.
    """
    waiting = store.waiting_verdict(conn, upload_id)
    if waiting is None or not waiting.open:
        raise NotWaiting(upload_id)
    check_reviewer(conn, waiting, reviewer_id)
    words = said(text, "A request for evidence")
    asked = Request(
        derived_id("req", upload_id, reviewer_id, words), upload_id, reviewer_id, words, clock.now()
    )
    store.add_request(conn, asked)
    return asked


def answer(
    conn: Connection,
    upload_id: str,
    contributor_id: str,
    text: str,
    *,
    file: SentFile | None,
    clock: Clock,
) -> Answer:
    """A contributor answers a request, or sends evidence unasked, while people have the upload in hand.

    Raises NotWaiting and, where neither words nor a file came, NothingSaid.
    """
    waiting = store.waiting_verdict(conn, upload_id)
    if waiting is None or not waiting.open:
        raise NotWaiting(upload_id)
    words = text.strip()[:LONGEST] if file else said(text, "An answer without a file")
    sent = Answer(
        id=derived_id("ans", upload_id, file.sha256 if file else "", words),
        upload_id=upload_id,
        contributor_id=contributor_id,
        note=words,
        sha256=file.sha256 if file else None,
        filename=file.filename[:255] if file else None,
        size=file.size if file else None,
        support=file.support if file else None,
        answered_at=clock.now(),
    )
    store.add_answer(conn, sent)
    return sent


def refused(
    conn: Connection, upload_id: str, contributor_id: str, refusal: FileRefusal, at: datetime
) -> None:
    """Put a refusal by the gate, said at ``at``, among the machine's verdicts, so that it can be appealed;
    again is a no-op.
    """
    store.add_verdict(conn, upload_id, contributor_id, of_gate(refusal), at)


def appeal(conn: Connection, upload_id: str, contributor_id: str, text: str, clock: Clock) -> Appeal:
    """A contributor asks that somebody else decides about a rejected upload; each decision is appealed once.

    Raises NotAppealable and NothingSaid.
    """
    words = said(text, "An appeal")
    last = store.standing_reviews(conn, [upload_id]).get(upload_id)
    verdict_id = store.latest_verdict_id(conn, upload_id)
    if verdict_id is None:
        raise NotAppealable("nothing was decided yet")
    if last is not None and last.outcome is not Outcome.REJECT:
        raise NotAppealable("the last decision was in its favour")
    if last is not None and last.appeal_id is not None:
        raise NotAppealable("the appeal was decided, by somebody else than the first time")
    opened = Appeal(
        id=derived_id("apl", upload_id, last.id if last else f"machine {verdict_id}"),
        upload_id=upload_id,
        contributor_id=contributor_id,
        verdict_id=verdict_id,
        review_id=last.id if last else None,
        text=words,
        opened_at=clock.now(),
    )
    store.add_appeal(conn, opened)
    return opened


def said(text: str, what: str) -> str:
    """The text without blanks around it; raises NothingSaid where nothing is left."""
    words = text.strip()[:LONGEST]
    if not words:
        raise NothingSaid(what)
    return words
