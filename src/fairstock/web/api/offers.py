"""``POST /v1/images/offers``: what the stock has for some words, what making it anew would cost, and who gets
that. Ours, beside the contract: it makes nothing, charges nothing and records nothing.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from fairstock.asset.model import Asset
from fairstock.bootstrap import App
from fairstock.kit.money import Money
from fairstock.party import store as parties
from fairstock.party.model import Role
from fairstock.web.api.asks import offer_ask
from fairstock.web.api.bodies import json_body
from fairstock.web.api.caller import caller
from fairstock.web.api.parts import parts
from fairstock.web.auth import Person
from fairstock.web.offers import Offer, offer

router = APIRouter(prefix="/images")


@router.post("/offers")
async def offers(request: Request) -> JSONResponse:
    """Matches of the stock, best first, and the price of ``n`` new pictures of ``size``, with its split."""
    house, _ = parts(request)
    who = await caller(request, house)
    request.state.headers = who.headers
    prompt, n, size = offer_ask(await json_body(request))
    found = await run_in_threadpool(_found, house, who.key.buyer_id, prompt)
    return JSONResponse(_answer(house, found, n, size), headers=who.headers)


def _found(house: App, buyer_id: str, prompt: str) -> Offer:
    with house.transaction() as conn:
        buyer = Person(parties.get(conn, buyer_id), frozenset({Role.buyer}))
        return offer(conn, house, buyer, " ".join(prompt.split()))


def _answer(house: App, found: Offer, n: int, size: int) -> dict[str, Any]:
    (priced,) = (each for each in found.sizes if each.size == size)
    create = {
        "n": n,
        "size": f"{size}x{size}",
        "currency": priced.price.currency,
        "price_each": _units(priced.price),
        "price": _units(priced.price * n),
        "to_contributors": _units(priced.fund * n),
        "to_house": _units(priced.house * n),
    }
    pages = house.settings.public_url.rstrip("/")
    matches = [_match(pages, each) for each in found.matches]
    return {"matches": matches, "total": found.total, "hit": found.hit, "create": create}


def _match(pages: str, work: Asset) -> dict[str, Any]:
    return {
        "id": work.id,
        "title": work.title,
        "kind": work.kind.value,
        "width": work.width,
        "height": work.height,
        "url": f"{pages}/works/{work.id}",
    }


def _units(amount: Money) -> str:
    """The amount in whole units with all its decimals, such as ``0.018``."""
    return str(amount).partition(" ")[2]
