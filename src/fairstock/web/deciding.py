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
from fairstock.screening.model import Outcome, Review
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


def answer(conn: Connection, app: App, upload: Upload, text: str, file: tuple[str, bytes] | None) -> None:
    """A contributor answers with words, a raw or layered file (name, bytes), or both; people go on then.

    The file is compared with the picture in a confined process; what that shows is noted for the reviewer,
    and softens suspicion when the upload is screened again.
    """
    sent = None
    if file is not None:
        name, data = file
        digest, support = app.objects.put(data), None
        if upload.refusal is None:  # what the gate could not open compares with nothing
            found = supports(app.decode_guard, app.objects.get(upload.sha256), data)
            seen = replace(
                of_support(found), value=f"support {digest[:12]}"
            )  # each file is a sight of its own
            store.add_observations(conn, upload.id, [seen])
            support = asdict(found)
        sent = talk.SentFile(digest, name, len(data), support)
    talk.answer(conn, upload.id, upload.contributor_id, text, file=sent, clock=app.clock)
    moves.reopen(conn, upload.id)


def appeal(conn: Connection, app: App, upload: Upload, text: str, file: tuple[str, bytes] | None) -> None:
    """A contributor appeals against a rejection, or a refusal by the gate, with evidence or without; somebody
    new decides.
    """
    if upload.state is UploadState.REFUSED and upload.refusal is not None:
        talk.refused(conn, upload.id, upload.contributor_id, upload.refusal, upload.received_at)
    talk.appeal(conn, upload.id, upload.contributor_id, text, app.clock)
    moves.reopen(conn, upload.id)
    if file is not None:
        answer(conn, app, upload, "Sent with the appeal.", file)


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
