"""A buyer asks for new images in words."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.generation import store as generation
from fairstock.generation.model import Request as ImageRequest
from fairstock.generation.model import RequestState
from fairstock.generation.rules import MOST_PICTURES, PROMPT_LIMIT, BadPrompt
from fairstock.generation.store import RequestNotFound
from fairstock.kit.ids import derived_id, new_id
from fairstock.web import access
from fairstock.web.auth import Buyer, House, Person
from fairstock.web.ordering import place, progress
from fairstock.web.pages import show

router = APIRouter(prefix="/requests")
_SHOWN = 50
_USUAL_SIZE = 512


@router.get("", response_class=HTMLResponse)
def my_requests(request: Request, app: House, person: Buyer) -> HTMLResponse:
    """What the signed-in buyer asked for, newest first."""
    with app.transaction() as conn:
        asked = generation.of_buyer(conn, person.id, _SHOWN)
        pictures = {one.id: generation.asset_ids(conn, one.id) for one in asked}
    return show(request, person, "requests.html", asked=asked, pictures=pictures, shown=_SHOWN)


@router.get("/new", response_class=HTMLResponse)
def request_form(request: Request, app: House, person: Buyer, prompt: str = "") -> HTMLResponse:
    """The form, with what each size costs."""
    return _form(request, app, person, prompt=prompt[:PROMPT_LIMIT])


@router.post("", response_class=HTMLResponse)
def ask(
    request: Request,
    app: House,
    person: Buyer,
    *,
    prompt: Annotated[str, Form()] = "",
    size: Annotated[int, Form()],
    n: Annotated[int, Form()],
    order: Annotated[str, Form(max_length=80)],
) -> Response:
    """Moderate, record and start; the same form sent twice is one request."""
    try:
        key = derived_id("web", person.id, order)
        placed = place(app, person, key=key, prompt=" ".join(prompt.split()), n=n, size=size)
    except BadPrompt as error:
        return _form(request, app, person, prompt=prompt, size=size, n=n, problem=str(error))
    return RedirectResponse(f"/requests/{placed.id}", status_code=303)


@router.get("/{request_id}", response_class=HTMLResponse)
def one_request(request: Request, app: House, person: Buyer, request_id: str) -> HTMLResponse:
    """What became of a request; the page renews itself while the pictures are being made."""
    with app.transaction() as conn:
        asked = own_request(conn, request_id, person)
        works = assets.many(conn, generation.asset_ids(conn, request_id))
        prices = access.price_list(conn, person, app.clock)
    waiting = asked.state is RequestState.pending
    return show(
        request,
        person,
        "request.html",
        asked=asked,
        works=works,
        progress=progress(app, asked) if waiting else None,
        price=next((one.price for one in prices if one.size == asked.order.size), None),
    )


def own_request(conn: Connection, request_id: str, person: Person) -> ImageRequest:
    """The request, if it is the person's; raises ``RequestNotFound`` otherwise."""
    asked = generation.get(conn, request_id)
    if asked.order.buyer_id != person.id:
        raise RequestNotFound(request_id)
    return asked


def _form(
    request: Request,
    app: House,
    person: Person,
    *,
    prompt: str,
    size: int = _USUAL_SIZE,
    n: int = 2,
    problem: str | None = None,
) -> HTMLResponse:
    with app.transaction() as conn:
        quotes = access.price_list(conn, person, app.clock)
    return show(
        request,
        person,
        "request_form.html",
        status=400 if problem else 200,
        prompt=prompt,
        size=size,
        n=n,
        quotes=quotes,
        most=MOST_PICTURES,
        limit=PROMPT_LIMIT,
        order=new_id("req"),
        problem=problem,
    )
