"""Prompts that wait for a person: what moderation was not sure of, and buyers' appeals."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fairstock.generation import judging
from fairstock.generation import store as generation
from fairstock.party import store as parties
from fairstock.web.auth import Buyer, House, Reviewer
from fairstock.web.pages import show
from fairstock.web.routes.requests import own_request

router = APIRouter()
DONE = {"allow": "The pictures are being made.", "refuse": "Refused. The buyer reads your reason."}
_SHOWN = 50
Text = Annotated[str, Form()]


@router.get("/staff/prompts", response_class=HTMLResponse)
def waiting(request: Request, app: House, person: Reviewer, done: str = "") -> HTMLResponse:
    """What waits, oldest first."""
    with app.transaction() as conn:
        found = generation.waiting_for_people(conn, _SHOWN)
        buyers = parties.many(conn, {one.order.buyer_id for one in found})
    return show(request, person, "prompts.html", found=found, buyers=buyers, told=DONE.get(done), most=_SHOWN)


@router.post("/staff/prompts/{request_id}", response_class=HTMLResponse)
def decide(
    app: House, person: Reviewer, request_id: str, outcome: Annotated[str, Form()], note: Text = ""
) -> Response:
    """Have it made, or refuse it with a reason."""
    allow = outcome == "allow"
    with app.transaction() as conn:
        judging.decide(conn, request_id, person.id, allow, note, app.clock)
    return RedirectResponse(f"/staff/prompts?done={'allow' if allow else 'refuse'}", status_code=303)


@router.post("/requests/{request_id}/appeal", response_class=HTMLResponse)
def appeal(app: House, person: Buyer, request_id: str, text: Text = "") -> Response:
    """The buyer says why a refusal is wrong; a person looks then."""
    with app.transaction() as conn:
        own_request(conn, request_id, person)
        judging.appeal(conn, request_id, text, app.clock)
    return RedirectResponse(f"/requests/{request_id}", status_code=303)
