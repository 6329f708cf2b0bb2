"""A buyer asks for new images in words, or carries an earlier one on; the stock is searched first."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.generation import store as generation
from fairstock.generation.model import Order, OrderKind
from fairstock.generation.model import Request as ImageRequest
from fairstock.generation.rules import MOST_PICTURES, PROMPT_LIMIT, BadPrompt
from fairstock.generation.store import RequestNotFound
from fairstock.kit.ids import derived_id, new_id
from fairstock.web import access
from fairstock.web.auth import Buyer, House, Person
from fairstock.web.offers import offer
from fairstock.web.ordering import place, progress, watch
from fairstock.web.pages import show
from fairstock.web.routes.stock import makers

router = APIRouter(prefix="/requests")
_SHOWN = 50
_USUAL_SIZE = 512
_STRENGTHS = (("0.3", "A little"), ("0.5", "Clearly"), ("0.7", "A lot"))
"""How far a refinement may leave its picture, as the form offers it."""


@router.get("", response_class=HTMLResponse)
def my_requests(request: Request, app: House, person: Buyer) -> HTMLResponse:
    """What the signed-in buyer asked for, newest first."""
    with app.transaction() as conn:
        asked = generation.of_buyer(conn, person.id, _SHOWN)
        pictures = {one.id: generation.asset_ids(conn, one.id) for one in asked}
    return show(request, person, "requests.html", asked=asked, pictures=pictures, shown=_SHOWN)


@router.get("/new", response_class=HTMLResponse)
def request_form(
    request: Request, app: House, person: Buyer, prompt: str = "", parent: str = ""
) -> HTMLResponse:
    """The form, with what the stock has for the words and what each size costs; ``parent`` is a picture of
    the buyer's that is to be carried on.
    """
    return _form(request, app, person, _Filled(prompt[:PROMPT_LIMIT], parent=parent))


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
    parent: Annotated[str, Form(max_length=80)] = "",
    vary: Annotated[bool, Form()] = False,
    strength: Annotated[str, Form(max_length=10)] = "",
    looked: Annotated[str, Form(max_length=8 * PROMPT_LIMIT)] = "",
) -> Response:
    """Search, then moderate, record and queue; the same form sent twice is one request.

    Where the stock has what the words ask for and the buyer has not seen it yet (``looked`` are the words
    that they have seen results for), it is shown first and nothing is recorded.
    """
    words = " ".join(prompt.split())
    filled = _Filled(prompt, size, n, parent)
    if not parent and words and looked != words:
        with app.transaction() as conn:
            known = offer(conn, app, person, words)
        if known.hit:
            return _form(request, app, person, filled)
    kind = OrderKind.variation if vary else OrderKind.refine if parent else OrderKind.create
    options = {"strength": strength} if strength and kind is OrderKind.refine else {}
    key = derived_id("web", person.id, order)
    asked = Order(key, person.id, words, n, size, kind, parent_asset_id=parent or None, options=options)
    try:
        placed = place(app, asked)
    except BadPrompt as error:
        return _form(request, app, person, filled, problem=str(error))
    return RedirectResponse(f"/requests/{placed.id}", status_code=303)


@router.get("/{request_id}", response_class=HTMLResponse)
def one_request(request: Request, app: House, person: Buyer, request_id: str) -> HTMLResponse:
    """What became of a request; the page renews itself while the pictures are being made."""
    with app.transaction() as conn:
        asked = own_request(conn, request_id, person)
        works = assets.many(conn, generation.asset_ids(conn, request_id))
        prices = access.price_list(conn, person, app.clock)
        so_far = progress(conn, request_id)
    return show(
        request,
        person,
        "request.html",
        asked=asked,
        works=works,
        progress=so_far,
        price=next((one.price for one in prices if one.size == asked.order.size), None),
    )


@router.get("/{request_id}/events")
def request_events(app: House, person: Buyer, request_id: str) -> StreamingResponse:
    """The progress of a request as server-sent events, until it has ended."""
    with app.transaction() as conn:
        own_request(conn, request_id, person)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(watch(app, request_id), media_type="text/event-stream", headers=headers)


def own_request(conn: Connection, request_id: str, person: Person) -> ImageRequest:
    """The request, if it is the person's; raises ``RequestNotFound`` otherwise."""
    asked = generation.get(conn, request_id)
    if asked.order.buyer_id != person.id:
        raise RequestNotFound(request_id)
    return asked


@dataclass(frozen=True, slots=True)
class _Filled:
    """What the form holds when it is shown."""

    prompt: str
    size: int = _USUAL_SIZE
    n: int = 2
    parent: str = ""


def _form(
    request: Request, app: House, person: Person, filled: _Filled, *, problem: str | None = None
) -> HTMLResponse:
    words = " ".join(filled.prompt.split())
    with app.transaction() as conn:
        begun = access.own_picture(conn, filled.parent, person) if filled.parent else None
        known = offer(conn, app, person, "" if begun else words)
        names = makers(conn, known.matches)
    return show(
        request,
        person,
        "request_form.html",
        status=400 if problem else 200,
        filled=filled,
        begun=begun,
        offer=known,
        names=names,
        looked=words,
        most=MOST_PICTURES,
        limit=PROMPT_LIMIT,
        strengths=_STRENGTHS,
        order=new_id("req"),
        problem=problem,
    )
