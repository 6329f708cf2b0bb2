"""Likenesses of contributors with a sanction list: finance looks at each and clears what is somebody else."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fairstock.kit.errors import BadInput
from fairstock.party import store as parties
from fairstock.payout import store as payouts
from fairstock.web.auth import House
from fairstock.web.pages import show
from fairstock.web.routes.disputes import Finance

router = APIRouter(prefix="/staff/sanctions")
_LONGEST_REASON = 2_000


class ReasonMissing(BadInput):
    """A hit is cleared with a reason."""

    def __init__(self) -> None:
        super().__init__("A hit is cleared with a reason.", remedy="say how you know who it is")


@router.get("", response_class=HTMLResponse)
def hits(request: Request, app: House, person: Finance) -> HTMLResponse:
    """Everything that nobody has cleared, oldest first."""
    with app.transaction() as conn:
        found = payouts.open_hits(conn)
        people = parties.many(conn, {hit.contributor_id for hit in found})
    return show(request, person, "sanctions.html", hits=found, people=people)


@router.post("/{hit_id}", response_class=HTMLResponse)
def clear(app: House, person: Finance, hit_id: str, reason: Annotated[str, Form()] = "") -> Response:
    """Note that it is somebody else; the next payment run pays."""
    if not reason.strip():
        raise ReasonMissing
    with app.transaction() as conn:
        payouts.clear_hit(conn, hit_id, person.id, reason.strip()[:_LONGEST_REASON], app.clock.now())
    return RedirectResponse("/staff/sanctions", status_code=303)
