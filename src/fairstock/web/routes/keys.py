"""A buyer's keys for the images API: made here, shown once, closed at once."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from fairstock.access import keys, store
from fairstock.access.model import ApiKey, IssuedKey
from fairstock.access.rules import BadLimit, counted
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money, NotMoney
from fairstock.kit.months import month_bounds, month_of
from fairstock.license.book import price_book_in_force
from fairstock.license.rules import worth_in
from fairstock.web import access
from fairstock.web.auth import Buyer, House, Person
from fairstock.web.pages import show

router = APIRouter(prefix="/keys")
MOST_OPEN = 20
"""Keys that one buyer may have open at a time, so that a slip of a script does no harm."""


class TooManyKeys(BadInput):
    """The buyer has as many open keys as anybody may."""

    def __init__(self) -> None:
        super().__init__(f"You have {MOST_OPEN} open keys already.", remedy="close one that you do not need")


@router.get("", response_class=HTMLResponse)
def my_keys(request: Request, app: House, person: Buyer) -> HTMLResponse:
    """The buyer's keys, what each was charged this month, and a form for another one."""
    return _page(request, app, person)


@router.post("", response_class=HTMLResponse)
def make(
    request: Request,
    app: House,
    person: Buyer,
    *,
    label: Annotated[str, Form(max_length=80)] = "",
    budget: Annotated[str, Form(max_length=20)] = "",
    rpm: Annotated[int, Form()] = keys.REQUESTS_PER_MINUTE,
) -> HTMLResponse:
    """Make a key and show its secret, this once."""
    try:
        with app.transaction() as conn:
            if sum(key.revoked_at is None for key in store.keys(conn, person.id)) >= MOST_OPEN:
                raise TooManyKeys
            limit = Money.parse(budget, _currency(conn, app, person)) if budget.strip() else None
            issued = keys.create(
                conn, person.party.handle, app.clock, label=label, requests_per_minute=rpm, budget=limit
            )
    except (NotMoney, BadLimit, TooManyKeys) as error:
        given = {"label": label, "budget": budget, "rpm": rpm}
        return _page(request, app, person, problem=str(error), given=given)
    return _page(request, app, person, issued=issued)


@router.post("/{key_id}/close")
def close(app: House, person: Buyer, key_id: str) -> Response:
    """Close one of the buyer's own keys for good; a second time changes nothing."""
    with app.transaction() as conn:
        if store.get(conn, key_id).buyer_id != person.id:
            raise store.KeyNotFound(key_id)
        keys.revoke(conn, key_id, app.clock)
    return RedirectResponse("/keys", status_code=303)


def _page(
    request: Request,
    app: House,
    person: Person,
    *,
    issued: IssuedKey | None = None,
    problem: str | None = None,
    given: Mapping[str, object] | None = None,
) -> HTMLResponse:
    with app.transaction() as conn:
        mine = store.keys(conn, person.id)
        currency = _currency(conn, app, person)
        charged = {key.id: _this_month(conn, key, currency, app.clock) for key in mine}
    return show(
        request,
        person,
        "keys.html",
        status=400 if problem else 200,
        keys=sorted(mine, key=lambda key: (key.revoked_at is not None, key.created_at)),
        charged=charged,
        currency=currency,
        issued=issued,
        problem=problem,
        base=f"{app.settings.public_url.rstrip('/')}/v1",
        given=given or {"label": "", "budget": "", "rpm": keys.REQUESTS_PER_MINUTE},
    )


def _currency(conn: Connection, app: House, person: Person) -> str:
    """The currency in which the buyer pays, and in which a new budget is."""
    return access.price_list(conn, person, app.clock)[0].price.currency


def _this_month(conn: Connection, key: ApiKey, currency: str, clock: Clock) -> Money:
    now = clock.now()
    month, _ = month_bounds(month_of(now))
    if key.budget:
        currency = key.budget.currency
    worth = worth_in(price_book_in_force(), currency)
    return counted(store.used(conn, key.id, month, now, apart_from=""), currency, worth)
