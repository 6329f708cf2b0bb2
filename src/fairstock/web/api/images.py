"""``POST /v1/images/{generations,edits,variations}``."""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from fairstock.access.model import Ask
from fairstock.bootstrap import App
from fairstock.web.api import answers
from fairstock.web.api.asks import Endpoint, Wanted, read_ask
from fairstock.web.api.bodies import form_body, json_body
from fairstock.web.api.caller import caller
from fairstock.web.api.errors import BadField
from fairstock.web.api.limits import headers_of
from fairstock.web.api.making import finish, place
from fairstock.web.api.models import model_names
from fairstock.web.api.parts import parts
from fairstock.web.api.people import check_people
from fairstock.web.api.references import Stored, store_references

router = APIRouter(prefix="/images")
_KEY_LIMIT = 200
_RETRIES = re.compile(r"[0-9]{1,3}")


@router.post("/generations")
async def generations(request: Request) -> JSONResponse:
    """Pictures from words; with ``refine_of`` an earlier picture is carried on by them."""
    return await _pictures(request, Endpoint.generations)


@router.post("/edits")
async def edits(request: Request) -> JSONResponse:
    """A picture, changed by words; inside the mask where there is one. With ``refine_of`` the earlier picture
    is changed, and the image sent only guides.
    """
    return await _pictures(request, Endpoint.edits)


@router.post("/variations")
async def variations(request: Request) -> JSONResponse:
    """Pictures like a picture."""
    return await _pictures(request, Endpoint.variations)


async def _pictures(request: Request, endpoint: Endpoint) -> JSONResponse:
    house, links = parts(request)
    who = await caller(request, house)
    request.state.headers = who.headers  # errors carry them too
    read = json_body if endpoint is Endpoint.generations else form_body
    wanted = read_ask(endpoint, await read(request), model_names(house))
    ask = _ask(request, wanted)
    stored = await run_in_threadpool(_begun_with, house, who.key.buyer_id, wanted)
    placed = await run_in_threadpool(place, house, who.key, wanted, stored, ask)
    request.state.headers = {**who.headers, **headers_of("images", placed.admission.images)}
    made = await finish(request, house, placed)
    body = await run_in_threadpool(answers.answer, house, links, made, stored, as_url=wanted.as_url)
    return JSONResponse(body, headers={**request.state.headers, **answers.headers_of(made, stored)})


def _begun_with(house: App, buyer_id: str, wanted: Wanted) -> Stored:
    """The pictures sent along, stored and looked at; raises ``BadField``."""
    stored = store_references(house, buyer_id, wanted)
    check_people(house, buyer_id, wanted, stored.source_sha256)
    return stored


def _ask(request: Request, wanted: Wanted) -> Ask:
    """What tells a retry from a new call. Raises ``BadField``."""
    named = request.headers.get("idempotency-key")
    if named is not None and not (0 < len(named) <= _KEY_LIMIT and named.isprintable()):
        message = f"Invalid 'Idempotency-Key': use 1 to {_KEY_LIMIT} printable characters."
        raise BadField("Idempotency-Key", message)
    count = request.headers.get("x-stainless-retry-count", "0")
    retries = int(count) if _RETRIES.fullmatch(count) else 0
    return Ask(wanted.endpoint.value, wanted.digest, wanted.n, named, retries)
