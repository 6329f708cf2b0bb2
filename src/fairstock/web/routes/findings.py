"""What was found in pictures that buyers sent: faces, declared consents, and the likeness opt-out list."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from fairstock.kit.errors import BadInput
from fairstock.moderation import store as moderation
from fairstock.moderation.consent import Outcome, shipped
from fairstock.party import store as parties
from fairstock.web.auth import House, Reviewer
from fairstock.web.pages import show

router = APIRouter(prefix="/staff/findings")


class UnknownOutcome(BadInput):
    """A page asks for findings of an outcome that there is not."""

    def __init__(self, outcome: str) -> None:
        super().__init__(
            f"There is no outcome {outcome[:40]!r}.",
            remedy=f"use one of {', '.join(each.value for each in Outcome)}",
        )


@router.get("", response_class=HTMLResponse)
def findings(
    request: Request, app: House, person: Reviewer, outcome: Annotated[str, Query()] = ""
) -> HTMLResponse:
    """The newest findings, or those of one outcome: ``watched`` are the sample for people."""
    try:
        wanted = Outcome(outcome) if outcome else None
    except ValueError:
        raise UnknownOutcome(outcome) from None
    with app.transaction() as conn:
        found = moderation.findings(conn, wanted)
        buyers = parties.many(conn, {each.buyer_id for each in found})
    return show(
        request,
        person,
        "findings.html",
        found=found,
        buyers=buyers,
        outcomes=list(Outcome),
        wanted=wanted,
        policy=shipped(),
    )
