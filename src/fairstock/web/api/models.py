"""``GET /v1/models``: the house's model under its own name and under the one that clients of 2022 use."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from fairstock.bootstrap import App
from fairstock.web.api.asks import ALIAS, UnknownModel
from fairstock.web.api.caller import caller
from fairstock.web.api.parts import parts

router = APIRouter(prefix="/models")
_LAUNCHED = 1667347200
"""2022-11-02: the alias's age, since clients sort by it."""


@router.get("")
async def models(request: Request) -> JSONResponse:
    """All models."""
    house, _ = parts(request)
    who = await caller(request, house)
    listed = await run_in_threadpool(_models, house)
    return JSONResponse({"object": "list", "data": list(listed.values())}, headers=who.headers)


@router.get("/{model_id:path}")
async def model(request: Request, model_id: str) -> JSONResponse:
    """One model; 404 for any other name."""
    house, _ = parts(request)
    who = await caller(request, house)
    request.state.headers = who.headers
    listed = await run_in_threadpool(_models, house)
    if model_id not in listed:
        raise UnknownModel(model_id)
    return JSONResponse(listed[model_id], headers=who.headers)


def model_names(house: App) -> frozenset[str]:
    """What the house's model answers to."""
    return frozenset({house.settings.model_id, ALIAS})


def _models(house: App) -> dict[str, dict[str, Any]]:
    return {
        name: {"id": name, "object": "model", "created": _LAUNCHED, "owned_by": "fairstock"}
        for name in sorted(model_names(house))
    }
