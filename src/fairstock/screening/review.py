"""A person decides about an upload that the policy would not decide alone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput, Forbidden, NotFound
from fairstock.party import store as parties
from fairstock.party.model import Role
from fairstock.screening import store
from fairstock.screening.cases import QueueItem
from fairstock.screening.model import Outcome, ReasonCode, Review


class NotWaiting(NotFound):
    """The upload is not in the review queue."""

    def __init__(self, upload_id: str) -> None:
        super().__init__(
            f"The upload {upload_id} does not wait for a review.", remedy="choose one from the queue"
        )


class AlreadyDecided(BadInput):
    """Somebody decided about the upload before."""

    def __init__(self, review: Review) -> None:
        self.review = review
        super().__init__(
            f"The upload {review.upload_id} was decided already: {review.outcome.value} on "
            f"{review.decided_at:%Y-%m-%d}.",
            remedy="reload the queue",
        )


class NotAReviewer(Forbidden):
    """The party may not decide about this upload."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"This review is not yours to decide: {why}.", remedy="ask somebody with the reviewer role"
        )


class BadDecision(BadInput):
    """A decision lacks what it needs."""


def decide(  # noqa: PLR0917 - the order is the sentence "in this upload, this reviewer decides …"
    conn: Connection,
    upload_id: str,
    reviewer_id: str,
    outcome: Outcome,
    reason_codes: Sequence[str],
    note: str,
    clock: Clock,
) -> Review:
    """Record a person's decision beside the machine's verdict, which stays as it was.

    The caller acts on it in the same transaction (``web.deciding``). An appeal is decided by somebody who did
    not decide about the upload before. Deciding the same again by the same person is a no-op. Raises
    NotWaiting, AlreadyDecided, NotAReviewer, BadDecision.
    """
    codes = _checked(outcome, reason_codes)
    waiting = store.waiting_verdict(conn, upload_id)
    if waiting is None:
        raise NotWaiting(upload_id)
    check_reviewer(conn, waiting, reviewer_id)
    if not waiting.open:
        return _again(waiting, reviewer_id, outcome)
    if waiting.appeal is not None and reviewer_id in {each.reviewer_id for each in waiting.before}:
        raise NotAReviewer("you decided about it before, and an appeal is for somebody else")
    number = len(waiting.before) + 1
    review = Review(
        id=store.review_id(upload_id, number),
        upload_id=upload_id,
        number=number,
        verdict_id=waiting.verdict_id,
        appeal_id=waiting.appeal.id if waiting.appeal else None,
        reviewer_id=reviewer_id,
        outcome=outcome,
        reason_codes=codes,
        note=note.strip(),
        decided_at=clock.now(),
    )
    store.add_review(conn, review)
    return review


def check_reviewer(conn: Connection, waiting: QueueItem, person_id: str) -> None:
    """Whether the person may deal with the upload at all; raises NotAReviewer."""
    if Role.reviewer not in parties.roles(conn, person_id):
        raise NotAReviewer("you do not have the reviewer role")
    if waiting.contributor_id == person_id:
        raise NotAReviewer("the upload is your own")


def _again(decided: QueueItem, reviewer_id: str, outcome: Outcome) -> Review:
    """The decision that was made, where it is this one; raises AlreadyDecided or NotWaiting."""
    if not decided.before:
        raise NotWaiting(decided.upload_id)
    last = decided.before[-1]
    if (last.reviewer_id, last.outcome) != (reviewer_id, outcome):
        raise AlreadyDecided(last)
    return last


def _checked(outcome: Outcome, reason_codes: Sequence[str]) -> tuple[str, ...]:
    """The codes, each once; a rejection needs one, since its contributor is owed a reason."""
    if outcome not in {Outcome.ACCEPT, Outcome.REJECT}:
        raise BadDecision("A review ends with accept or reject.", remedy="choose one of the two")
    unknown = sorted(set(reason_codes) - {code.value for code in ReasonCode})
    if unknown:
        raise BadDecision(f"There is no reason {unknown[0]!r}.", remedy=f"use one of {', '.join(ReasonCode)}")
    if outcome is Outcome.REJECT and not reason_codes:
        raise BadDecision("A rejection needs a reason.", remedy="choose at least one reason")
    return tuple(dict.fromkeys(reason_codes))
