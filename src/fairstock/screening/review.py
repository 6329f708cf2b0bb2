"""A person decides about an upload that the policy would not decide alone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput, Forbidden, NotFound
from fairstock.kit.ids import derived_id
from fairstock.party import store as parties
from fairstock.party.model import Role
from fairstock.screening import store
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

    The caller acts on it in the same transaction: ``upload.publish.publish`` for accept,
    ``upload.publish.turn_down`` for reject. Deciding the same again by the same person is a no-op. Raises
    NotWaiting, AlreadyDecided, NotAReviewer, BadDecision.
    """
    codes = _checked(outcome, reason_codes)
    waiting = store.waiting_verdict(conn, upload_id)
    if waiting is None:
        raise NotWaiting(upload_id)
    if Role.reviewer not in parties.roles(conn, reviewer_id):
        raise NotAReviewer("you do not have the reviewer role")
    if waiting.contributor_id == reviewer_id:
        raise NotAReviewer("the upload is your own")
    before = store.review_of(conn, upload_id)
    if before is not None:
        if (before.reviewer_id, before.outcome) == (reviewer_id, outcome):
            return before
        raise AlreadyDecided(before)
    review = Review(
        derived_id("rev", upload_id), upload_id, reviewer_id, outcome, codes, note.strip(), clock.now()
    )
    store.add_review(conn, review)
    return review


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
