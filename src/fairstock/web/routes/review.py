"""The review queue: what the policy would not decide alone, with the evidence, and a person's decision."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset
from fairstock.party import store as parties
from fairstock.screening import store as screening
from fairstock.screening.model import ObservationKind, Outcome, QueueItem, ReasonCode
from fairstock.screening.review import BadDecision, NotWaiting, decide
from fairstock.upload import store as uploads
from fairstock.upload.publish import publish, turn_down
from fairstock.web.auth import House, Reviewer
from fairstock.web.pages import show

router = APIRouter(prefix="/staff/review")
_SHOWN = 60
_LONGEST_NOTE = 2000


@router.get("", response_class=HTMLResponse)
def queue(request: Request, app: House, person: Reviewer, done: str = "") -> HTMLResponse:
    """Everything that waits, oldest first."""
    with app.transaction() as conn:
        waiting = screening.queue(conn, _SHOWN)
        sent = {one.id: one for one in uploads.many(conn, [item.upload_id for item in waiting])}
        people = parties.many(conn, {item.contributor_id for item in waiting})
    told = {"accept": "Published.", "reject": "Turned down."}.get(done)
    return show(request, person, "review_queue.html", waiting=waiting, sent=sent, people=people, told=told)


@router.get("/{upload_id}", response_class=HTMLResponse)
def item(request: Request, app: House, person: Reviewer, upload_id: str) -> HTMLResponse:
    """One upload: the picture, what was seen in it, the works that it resembles, and the form."""
    with app.transaction() as conn:
        return _item(request, conn, person, upload_id)


@router.post("/{upload_id}", response_class=HTMLResponse)
def decision(
    request: Request,
    app: House,
    person: Reviewer,
    upload_id: str,
    *,
    outcome: Annotated[Outcome, Form()],
    reasons: Annotated[list[str] | None, Form()] = None,
    note: Annotated[str, Form()] = "",
) -> Response:
    """Record the decision and act on it in one transaction."""
    note = note[:_LONGEST_NOTE]
    codes = reasons or []
    if outcome is Outcome.ACCEPT:
        codes = []
    with app.transaction() as conn:
        try:
            decide(conn, upload_id, person.id, outcome, codes, note, app.clock)
        except BadDecision as error:
            return _item(request, conn, person, upload_id, problem=error.sentence, note=note)
        if outcome is Outcome.ACCEPT:
            publish(conn, app.objects, upload_id)
        else:
            turn_down(conn, upload_id)
    return RedirectResponse(f"/staff/review?done={outcome.value}", status_code=303)


def _item(
    request: Request,
    conn: Connection,
    person: Reviewer,
    upload_id: str,
    *,
    problem: str | None = None,
    note: str = "",
) -> HTMLResponse:
    waiting = screening.waiting_verdict(conn, upload_id)
    if waiting is None:
        raise NotWaiting(upload_id)
    return show(
        request,
        person,
        "review_item.html",
        status=400 if problem else 200,
        item=waiting,
        upload=uploads.get(conn, upload_id),
        by=parties.get(conn, waiting.contributor_id).name,
        resembles=_resembled(conn, waiting),
        decided=screening.review_of(conn, upload_id),
        codes=list(ReasonCode),
        suggested={reason.code for reason in waiting.reasons},
        problem=problem,
        note=note,
    )


def _resembled(conn: Connection, waiting: QueueItem) -> Sequence[Asset]:
    """The works of the catalogue that the evidence names."""
    named = [seen.value for seen in waiting.observations if seen.kind is ObservationKind.COPY]
    return assets.many(conn, dict.fromkeys(named))
