"""What a contributor sent: the verdict on each file, why, and what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from fairstock.party.model import Role
from fairstock.screening import store as screening
from fairstock.screening.model import Outcome, Review, Verdict
from fairstock.upload import store as uploads
from fairstock.upload.model import Upload, UploadState
from fairstock.upload.store import UploadNotFound
from fairstock.web.auth import Contributor, House, Person
from fairstock.web.pages import show, words

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Notice:
    """One upload as its contributor reads it."""

    upload: Upload
    headline: str
    tone: str
    """good, warn or bad: the colour, never the only sign."""
    sentences: Sequence[str]
    next_step: str


@router.get("/uploads", response_class=HTMLResponse)
def my_uploads(request: Request, app: House, person: Contributor) -> HTMLResponse:
    """Everything that the signed-in contributor sent, newest first."""
    with app.transaction() as conn:
        sent = uploads.of_contributor(conn, person.id)
        verdicts = screening.verdicts(conn, [one.id for one in sent])
        reviews = {
            one.id: screening.review_of(conn, one.id)
            for one in sent
            if one.id in verdicts and verdicts[one.id].outcome in {Outcome.REVIEW, Outcome.REQUEST}
        }
    notices = [notice(one, verdicts.get(one.id), reviews.get(one.id)) for one in sent]
    return show(request, person, "uploads.html", notices=notices)


def own_upload(conn: Connection, upload_id: str, person: Person) -> Upload:
    """The upload, if it is the person's or the person reviews; raises ``UploadNotFound`` otherwise."""
    upload = uploads.get(conn, upload_id)
    if upload.contributor_id == person.id or person.may(Role.reviewer):
        return upload
    raise UploadNotFound(upload_id)


def notice(upload: Upload, verdict: Verdict | None, review: Review | None) -> Notice:
    """The verdict in words: a person's decision first, then the policy's, then the gate's."""
    if upload.state is UploadState.REFUSED and upload.refusal is not None:
        step = upload.refusal.next_step
        return Notice(upload, "Could not be opened", "bad", [upload.refusal.sentence], step)
    if review is not None:
        return _reviewed(upload, verdict, review)
    if verdict is None or upload.state is UploadState.RECEIVED:
        return Notice(upload, "Waiting to be looked at", "warn", [], "Nothing; this takes a few minutes.")
    sentences = [reason.sentence for reason in verdict.reasons]
    steps = " ".join(dict.fromkeys(reason.next_step for reason in verdict.reasons))
    if upload.state is UploadState.ACCEPTED:
        return Notice(upload, "Accepted", "good", sentences, "Nothing; it is live and can be found.")
    headline, tone = {
        UploadState.REVIEW: ("A person will look at it", "warn"),
        UploadState.EVIDENCE_WANTED: ("We ask you for evidence", "warn"),
    }.get(upload.state, ("Not accepted", "bad"))
    return Notice(upload, headline, tone, sentences, steps)


def _reviewed(upload: Upload, verdict: Verdict | None, review: Review) -> Notice:
    """A person's decision, in that person's words; the machine's stays visible behind it."""
    machine = [reason.sentence for reason in verdict.reasons] if verdict else []
    note = [f"The reviewer wrote: “{review.note}”"] if review.note else []
    if review.outcome is Outcome.ACCEPT:
        return Notice(upload, "Accepted by a reviewer", "good", note, "Nothing; it is live and can be found.")
    codes = ", ".join(words(code).lower() for code in review.reason_codes)
    sentences = [f"A person looked at it and turned it down: {codes}.", *note, *machine]
    steps = " ".join(reason.next_step for reason in verdict.reasons) if verdict else ""
    return Notice(upload, "Turned down by a reviewer", "bad", sentences, steps)
