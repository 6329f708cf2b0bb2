"""What a contributor is told about an upload: where it stands, the evidence in plain words, what next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection

from fairstock.kit.paging import Paging
from fairstock.screening import store as screening
from fairstock.screening.cases import Answer, Appeal, Request
from fairstock.screening.model import Review, Verdict
from fairstock.upload import store as uploads
from fairstock.upload.model import Refusal, Upload, UploadState
from fairstock.web.pages import words

NOTHING = "Nothing; it is live and can be found."
PERSON = "Nothing for now; a person looks at it. You can send evidence that helps."
APPEAL = "If this is wrong, appeal below: somebody who has not decided about it before looks at it again."


@dataclass(frozen=True, slots=True)
class Case:
    """All that was said about one upload."""

    verdict: Verdict | None = None
    """The machine's latest."""
    reviews: Sequence[Review] = ()
    requests: Sequence[Request] = ()
    answers: Sequence[Answer] = ()
    appeals: Sequence[Appeal] = ()
    decision: Review | None = None
    """A person's decision that is in force."""

    @property
    def appealed(self) -> bool:
        """Whether an appeal waits for its decision."""
        decided = {review.appeal_id for review in self.reviews}
        return any(appeal.id not in decided for appeal in self.appeals)


@dataclass(frozen=True, slots=True)
class Notice:
    """One upload as its contributor reads it."""

    upload: Upload
    headline: str
    tone: str
    """good, warn or bad: the colour, never the only sign."""
    sentences: Sequence[str]
    next_step: str
    case: Case
    may_answer: bool = False
    """Evidence helps now."""
    may_appeal: bool = False
    may_withdraw: bool = False


def notices(conn: Connection, sent: Sequence[Upload]) -> list[Notice]:
    """The notices of the uploads, in their order."""
    ids = [one.id for one in sent]
    verdicts, reviews = screening.verdicts(conn, ids), screening.reviews(conn, ids)
    requests, answers = screening.requests(conn, ids), screening.answers(conn, ids)
    appeals, decisions = screening.appeals(conn, ids), screening.standing_reviews(conn, ids)
    return [
        notice(
            one,
            Case(
                verdicts.get(one.id),
                reviews.get(one.id, ()),
                requests.get(one.id, ()),
                answers.get(one.id, ()),
                appeals.get(one.id, ()),
                decisions.get(one.id),
            ),
        )
        for one in sent
    ]


class Part(Enum):
    """A part of a contributor's uploads, as they look for it."""

    ALL = ("all", "All", tuple(UploadState))
    YOURS = ("yours", "Wait for you", (UploadState.EVIDENCE_WANTED,))
    OURS = ("ours", "Wait for us", (UploadState.RECEIVED, UploadState.REVIEW))
    ACCEPTED = ("accepted", "Live", (UploadState.ACCEPTED,))
    TURNED_DOWN = ("turned-down", "Turned down", (UploadState.REJECTED, UploadState.REFUSED))
    WITHDRAWN = ("withdrawn", "Withdrawn", (UploadState.WITHDRAWN,))

    def __init__(self, key: str, label: str, states: tuple[UploadState, ...]) -> None:
        self.key, self.label, self.states = key, label, states

    @classmethod
    def of(cls, key: str) -> Part:
        """The part of this key in addresses; all where there is none."""
        return next((part for part in cls if part.key == key), cls.ALL)


@dataclass(frozen=True, slots=True)
class Sent:
    """One page of what a contributor sent."""

    notices: list[Notice]
    """Newest first."""
    part: Part
    paging: Paging
    counts: dict[Part, int]
    """Of all parts."""

    @property
    def waiting(self) -> bool:
        """Whether the machine has not decided about one of them yet."""
        return any(one.upload.state is UploadState.RECEIVED for one in self.notices)


def of_contributor(conn: Connection, contributor_id: str) -> list[Notice]:
    """Everything that a contributor sent, newest first."""
    return notices(conn, uploads.of_contributor(conn, contributor_id))


def page_of(conn: Connection, contributor_id: str, part: Part, page: int) -> Sent:
    """A page of a part of what a contributor sent."""
    tally = uploads.tally(conn, contributor_id)
    counts = {each: sum(tally.get(state, 0) for state in each.states) for each in Part}
    paging = Paging(page, counts[part])
    found = uploads.of_contributor(
        conn, contributor_id, part.states, limit=paging.per_page, offset=paging.offset
    )
    return Sent(notices(conn, found), part, paging, counts)


def notice(upload: Upload, case: Case) -> Notice:
    """Where it stands in words: what a person decided first, then the policy, then the gate."""
    machine = [reason.sentence for reason in case.verdict.reasons] if case.verdict else []
    said = [reason.next_step for reason in case.verdict.reasons] if case.verdict else []
    steps = " ".join(dict.fromkeys(said))
    state, last = upload.state, case.decision
    if state is UploadState.REFUSED and upload.refusal is not None:
        return _refused(upload, upload.refusal, case)
    if state is UploadState.RECEIVED:
        return _received(upload, case)
    if state is UploadState.WITHDRAWN:
        return Notice(upload, "Withdrawn by you", "warn", [], "Nothing; nobody finds it any more.", case)
    if state is UploadState.ACCEPTED:
        return _accepted(upload, case, last, machine)
    if state is UploadState.REJECTED:
        return _rejected(upload, case, last, [*machine], steps)
    return _waiting(upload, case, machine, steps)


def _received(upload: Upload, case: Case) -> Notice:
    """It waits for the machine: for the first time, or since a person sent it back to the gate."""
    if not case.reviews:
        step = "Nothing; this takes a few minutes."
        return Notice(upload, "Waiting to be looked at", "warn", [], step, case)
    told = ["A person agreed with you: the gate tries again to open it.", *_wrote(case.reviews[-1])]
    return Notice(upload, "It is opened again", "warn", told, "Nothing; this takes a while.", case)


def _refused(upload: Upload, refusal: Refusal, case: Case) -> Notice:
    """What the gate could not open; once a person has looked into that, it is the last word."""
    told = [refusal.sentence]
    if case.reviews:
        told = ["A person let the gate try again, and it failed again.", *_wrote(case.reviews[-1]), *told]
    step = refusal.next_step if case.reviews else f"{refusal.next_step} {APPEAL}"
    return Notice(upload, "Could not be opened", "bad", told, step, case, may_appeal=not case.reviews)


def _accepted(upload: Upload, case: Case, last: Review | None, machine: list[str]) -> Notice:
    if last is None:
        return Notice(upload, "Accepted", "good", machine, NOTHING, case, may_withdraw=True)
    headline = "Accepted on appeal" if last.appeal_id else "Accepted by a reviewer"
    return Notice(upload, headline, "good", _wrote(last), NOTHING, case, may_withdraw=True)


def _rejected(upload: Upload, case: Case, last: Review | None, machine: list[str], steps: str) -> Notice:
    if last is None:
        step = f"{steps} {APPEAL}".strip()
        return Notice(upload, "Not accepted", "bad", machine, step, case, may_appeal=True, may_withdraw=True)
    codes = ", ".join(words(code).lower() for code in last.reason_codes)
    if last.appeal_id is not None:
        told = [f"A second person looked at it and turned it down too: {codes}.", *_wrote(last), *machine]
        step = "The appeal is decided. You can send another work, or this one made anew."
        return Notice(upload, "Turned down on appeal", "bad", told, step, case, may_withdraw=True)
    told = [f"A person looked at it and turned it down: {codes}.", *_wrote(last), *machine]
    step = f"{steps} {APPEAL}".strip()
    return Notice(
        upload, "Turned down by a reviewer", "bad", told, step, case, may_appeal=True, may_withdraw=True
    )


def _waiting(upload: Upload, case: Case, machine: list[str], steps: str) -> Notice:
    asked = [f"A reviewer asks: “{one.text}”" for one in case.requests]
    if upload.state is UploadState.EVIDENCE_WANTED:
        headline, step = "We ask you for evidence", steps or "Send the raw file or the file with layers."
    elif case.appealed:
        headline = "Your appeal waits"
        step = "Nothing; somebody who has not decided about it before looks at it."
    elif case.answers:
        headline, step = "Thank you: a person looks at what you sent", PERSON
    else:
        headline, step = "A person will look at it", steps or PERSON
    told = [*machine, *asked]
    return Notice(upload, headline, "warn", told, step, case, may_answer=True, may_withdraw=True)


def _wrote(review: Review) -> list[str]:
    return [f"The reviewer wrote: “{review.note}”"] if review.note else []
