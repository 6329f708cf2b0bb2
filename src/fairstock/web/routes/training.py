"""A contributor's own word on training: what it stands at, what it does, and the way in and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fairstock.party import store as parties
from fairstock.party.consent import state_training
from fairstock.training import store as training
from fairstock.web.auth import Contributor, House
from fairstock.web.pages import show

router = APIRouter()
EVIDENCE = "stated by the contributor on the page “Training”"
DONE = {
    "out": "Done. Nothing that is begun from now on learns from your works.",
    "in": "Done. From now on your works may be trained on.",
    "same": "That held already, so nothing changed.",
}


@router.get("/training", response_class=HTMLResponse)
def my_training(request: Request, app: House, person: Contributor, done: str = "") -> HTMLResponse:
    """What the signed-in contributor said about training, what follows from it, and the form to say
    otherwise.
    """
    with app.transaction() as conn:
        live, consented = training.works_of(conn, person.id)
        return show(
            request,
            person,
            "training.html",
            granted=person.id in parties.training_licensed(conn, [person.id]),
            live=live,
            consented=consented,
            releases=training.releases_with(conn, person.id),
            statements=parties.training_statements(conn, person.id),
            told=DONE.get(done),
        )


@router.post("/training", response_class=HTMLResponse)
def state(app: House, person: Contributor, allowed: Annotated[bool, Form()]) -> Response:
    """Say it, from now on; what holds already is not said twice."""
    with app.transaction() as conn:
        changed = state_training(conn, person.id, app.clock, granted=allowed, evidence=EVIDENCE)
    done = ("in" if allowed else "out") if changed else "same"
    return RedirectResponse(f"/training?done={done}", status_code=303)
