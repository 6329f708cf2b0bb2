"""What people do about uploads, in the caller's transaction: what was said is recorded, the upload moves.

Screening records and the upload context moves; here the two meet, for the pages and the command line.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection

from fairstock.bootstrap import App
from fairstock.kit.paging import Paging
from fairstock.screening import review, store, talk
from fairstock.screening.cases import QueueItem
from fairstock.screening.model import Observation, Outcome, Review
from fairstock.screening.origin import of_support
from fairstock.upload import publish as moves
from fairstock.upload import store as uploads
from fairstock.upload.evidence import supports
from fairstock.upload.model import Upload, UploadState


def decide(  # noqa: PLR0917 - as screening.review.decide
    conn: Connection,
    app: App,
    upload_id: str,
    reviewer_id: str,
    outcome: Outcome,
    codes: Sequence[str],
    note: str,
) -> Review:
    """A person's decision, on the first look or on appeal, and what follows from it at once.

    What the gate had refused is not published by it: the gate opens it again, and all looks follow. Raises
    what ``screening.review.decide`` raises, and NotPublishable.
    """
    made = review.decide(conn, upload_id, reviewer_id, outcome, codes, note, app.clock)
    if outcome is Outcome.ACCEPT and uploads.get(conn, upload_id).refusal is not None:
        moves.send_back(conn, app.objects, upload_id)
    elif outcome is Outcome.ACCEPT:
        moves.publish(conn, app.objects, upload_id)
    else:
        moves.turn_down(conn, upload_id)
    return made


def ask(conn: Connection, app: App, upload_id: str, reviewer_id: str, text: str) -> None:
    """A reviewer asks the contributor for evidence; what is on sale stays so meanwhile."""
    talk.request(conn, upload_id, reviewer_id, text, app.clock)
    moves.ask(conn, upload_id)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A raw or layered file that a contributor sent, compared with the picture before it is recorded."""

    file: talk.SentFile
    seen: Observation | None
    """What comparing showed; None where the gate could not open the picture, so that there was nothing to
    compare with.
    """


def evidence(app: App, upload: Upload, file: tuple[str, bytes] | None) -> Evidence | None:
    """Keep a file (name, bytes) and compare it with the picture, in a confined process: no transaction should
    be open, since that takes seconds for a large raw file. None where no file came.
    """
    if file is None:
        return None
    name, data = file
    digest = app.objects.put(data)
    if upload.refusal is not None:
        return Evidence(talk.SentFile(digest, name, len(data)), None)
    found = supports(app.decode_guard, app.objects.get(upload.sha256), data)
    seen = replace(of_support(found), value=f"support {digest[:12]}")  # each file is a sight of its own
    return Evidence(talk.SentFile(digest, name, len(data), asdict(found)), seen)


def answer(conn: Connection, app: App, upload: Upload, text: str, sent: Evidence | None) -> None:
    """A contributor answers with words, a raw or layered file, or both; people go on then.

    What comparing the file showed is noted for the reviewer, and softens suspicion when the upload is
    screened again.
    """
    if sent is not None and sent.seen is not None:
        store.add_observations(conn, upload.id, [sent.seen])
    file = sent.file if sent is not None else None
    talk.answer(conn, upload.id, upload.contributor_id, text, file=file, clock=app.clock)
    moves.reopen(conn, upload.id)


def appeal(conn: Connection, app: App, upload: Upload, text: str, sent: Evidence | None) -> None:
    """A contributor appeals against a rejection, or a refusal by the gate, with evidence or without; somebody
    new decides.
    """
    if upload.state is UploadState.REFUSED and upload.refusal is not None:
        talk.refused(conn, upload.id, upload.contributor_id, upload.refusal, upload.received_at)
    talk.appeal(conn, upload.id, upload.contributor_id, text, app.clock)
    moves.reopen(conn, upload.id)
    if sent is not None:
        answer(conn, app, upload, "Sent with the appeal.", sent)


def withdraw(conn: Connection, app: App, upload: Upload) -> None:
    """A contributor takes an upload back, off sale where it was on."""
    moves.withdraw(conn, upload.id)
    store.add_withdrawal(conn, upload.id, upload.contributor_id, app.clock.now())


@dataclass(frozen=True, slots=True)
class Waiting:
    """One page of the review queue."""

    items: list[tuple[QueueItem, Upload]]
    """Oldest first, with where each upload stands."""
    paging: Paging
    ready: int
    """Uploads in all that wait for a person."""
    asked: int
    """Uploads in all that wait for their contributor's answer: they come back with it, and hold nobody up."""


def waiting(conn: Connection, page: int, *, asked: bool = False) -> Waiting:
    """What waits for people, or else what was ``asked`` of contributors and not answered yet."""
    silent = uploads.at(conn, UploadState.EVIDENCE_WANTED)
    ready = store.queue_length(conn, besides=silent)
    paging = Paging(page, len(silent) if asked else ready)
    if asked:
        items = store.queue_of(conn, silent[paging.offset :][: paging.per_page])
    else:
        items = store.queue(conn, paging.per_page, offset=paging.offset, besides=silent)
    sent = {one.id: one for one in uploads.many(conn, [item.upload_id for item in items])}
    return Waiting([(item, sent[item.upload_id]) for item in items], paging, ready, len(silent))
