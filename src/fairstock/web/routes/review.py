"""The review queue: what the policy would not decide alone, with the evidence, and a person's decision."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset
from fairstock.bootstrap import App
from fairstock.generation import store as generation
from fairstock.kit.errors import NotFound
from fairstock.party import store as parties
from fairstock.screening import store as screening
from fairstock.screening.agreement import agreement
from fairstock.screening.cases import QueueItem
from fairstock.screening.model import ObservationKind, Outcome, ReasonCode
from fairstock.screening.review import BadDecision, NotWaiting
from fairstock.screening.talk import NothingSaid
from fairstock.upload import store as uploads
from fairstock.upload.model import UploadState
from fairstock.upload.publish import NotPublishable
from fairstock.web import deciding, gate
from fairstock.web.auth import House, Reviewer
from fairstock.web.pages import show
from fairstock.web.sights import sights

router = APIRouter(prefix="/staff")
_LONGEST_NOTE = 2000
DONE = {
    "accept": "Published.",
    "reject": "Turned down.",
    "ask": "Asked. It comes back with the answer.",
    "opened": "Sent back to the gate, which opens it again now.",
    "waits": "Sent back to the gate. The next run of ingest_uploads without a folder opens it again.",
}
Text = Annotated[str, Form()]
Shown = Annotated[str, Query(alias="show")]


class NoSuchFile(NotFound):
    """No answer of this upload has a file under this id."""

    def __init__(self) -> None:
        super().__init__("There is no such file.", remedy="open it from the upload's page")


@router.get("/review", response_class=HTMLResponse)
def queue(  # noqa: PLR0917 - a page's address
    request: Request, app: House, person: Reviewer, show_: Shown = "ready", page: int = 1, done: str = ""
) -> HTMLResponse:
    """What waits for people, oldest first; or what waits for its contributor."""
    asked = show_ == "asked"
    with app.transaction() as conn:
        waiting = deciding.waiting(conn, page, asked=asked)
        people = parties.many(conn, {item.contributor_id for item, _ in waiting.items})
        answered = screening.answers(conn, [item.upload_id for item, _ in waiting.items])
        prompts = generation.count_waiting_for_people(conn)
    return show(
        request,
        person,
        "review_queue.html",
        waiting=waiting,
        asked=asked,
        people=people,
        answered=answered,
        prompts=prompts,
        told=DONE.get(done),
    )


@router.get("/review/{upload_id}", response_class=HTMLResponse)
def item(request: Request, app: House, person: Reviewer, upload_id: str) -> HTMLResponse:
    """One upload: the picture, what was seen in it, the works that it resembles, and the form."""
    with app.transaction() as conn:
        return _item(request, conn, app, person, upload_id)


@router.post("/review/{upload_id}", response_class=HTMLResponse)
def decision(
    request: Request,
    app: House,
    person: Reviewer,
    upload_id: str,
    *,
    outcome: Annotated[Outcome, Form()],
    reasons: Annotated[list[str] | None, Form()] = None,
    note: Text = "",
) -> Response:
    """Record the decision and act on it in one transaction."""
    note = note[:_LONGEST_NOTE]
    codes = [] if outcome is Outcome.ACCEPT else reasons or []
    with app.transaction() as conn:
        savepoint = conn.begin_nested()
        try:
            deciding.decide(conn, app, upload_id, person.id, outcome, codes, note)
            savepoint.commit()
        except (BadDecision, NotPublishable) as error:
            savepoint.rollback()
            given = set(map(str, reasons or ()))
            return _item(
                request, conn, app, person, upload_id, problem=error.sentence, note=note, given=given
            )
        opened = uploads.get(conn, upload_id).state is UploadState.RECEIVED
    done = outcome.value
    if opened:
        done = "opened" if gate.screen_what_waits(app, f"{upload_id} {note}") else "waits"
    return RedirectResponse(f"/staff/review?done={done}", status_code=303)


@router.post("/review/{upload_id}/request", response_class=HTMLResponse)
def ask(request: Request, app: House, person: Reviewer, upload_id: str, text: Text = "") -> Response:
    """Ask the contributor for evidence; the upload comes back with the answer."""
    with app.transaction() as conn:
        try:
            deciding.ask(conn, app, upload_id, person.id, text)
        except NothingSaid as error:
            return _item(request, conn, app, person, upload_id, problem=error.sentence)
    return RedirectResponse("/staff/review?done=ask", status_code=303)


@router.get("/agreement", response_class=HTMLResponse)
def agreement_page(request: Request, app: House, person: Reviewer) -> HTMLResponse:
    """How often machine, first and second reviewer agree."""
    with app.transaction() as conn:
        found = agreement(screening.decided(conn))
    return show(request, person, "agreement.html", found=found)


@router.get("/evidence/{upload_id}/{answer_id}")
def evidence(app: House, _: Reviewer, upload_id: str, answer_id: str) -> Response:
    """A file that a contributor sent as evidence, as it came: to be saved, never shown by the browser."""
    with app.transaction() as conn:
        sent = screening.answers(conn, [upload_id]).get(upload_id, [])
    found = next((one for one in sent if one.id == answer_id and one.sha256), None)
    if found is None or found.sha256 is None:
        raise NoSuchFile
    return _saved(app, found.sha256, found.filename or "evidence")


@router.get("/original/{upload_id}")
def original(app: House, _: Reviewer, upload_id: str) -> Response:
    """A file that the gate refused, as it came: to be saved, never shown by the browser."""
    with app.transaction() as conn:
        upload = uploads.get(conn, upload_id)
    if upload.refusal is None or not app.objects.has(upload.sha256):
        raise NoSuchFile
    return _saved(app, upload.sha256, upload.filename)


def _saved(app: App, sha256: str, filename: str) -> Response:
    name = quote(filename, safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(app.objects.get(sha256), media_type="application/octet-stream", headers=headers)


def _item(
    request: Request,
    conn: Connection,
    app: App,
    person: Reviewer,
    upload_id: str,
    *,
    problem: str | None = None,
    note: str = "",
    given: set[str] | None = None,
) -> HTMLResponse:
    waiting = screening.waiting_verdict(conn, upload_id)
    if waiting is None:
        raise NotWaiting(upload_id)
    upload, ids = uploads.get(conn, upload_id), [upload_id]
    known = [review.reviewer_id for review in waiting.before]
    return show(
        request,
        person,
        "review_item.html",
        status=400 if problem else 200,
        item=waiting,
        upload=upload,
        kept=upload.refusal is not None and app.objects.has(upload.sha256),
        traits=uploads.traits(conn, ids).get(upload_id),
        by=parties.get(conn, waiting.contributor_id),
        resembles=_resembled(conn, waiting),
        sights=sights(waiting.observations),
        reviewers=parties.many(conn, known),
        requests=screening.requests(conn, ids).get(upload_id, ()),
        answers=screening.answers(conn, ids).get(upload_id, ()),
        appeals=screening.appeals(conn, ids).get(upload_id, ()),
        history=screening.history(conn, upload_id),
        mine=person.id in known and waiting.appeal is not None,
        codes=list(ReasonCode),
        ticked={reason.code.value for reason in waiting.reasons} if given is None else given,
        problem=problem,
        note=note,
    )


def _resembled(conn: Connection, waiting: QueueItem) -> Sequence[Asset]:
    """The works of the catalogue that the evidence names."""
    named = [seen.value for seen in waiting.observations if seen.kind is ObservationKind.COPY]
    return assets.many(conn, dict.fromkeys(named))
