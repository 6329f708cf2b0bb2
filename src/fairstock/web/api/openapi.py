"""``GET /v1/openapi.json``: the contract as a document, written by hand since clients hold us to it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from fairstock.generation.edit_rules import STRENGTHS, USUAL_STRENGTH
from fairstock.generation.rules import MOST_PICTURES, PROMPT_LIMIT
from fairstock.web.api.asks import ALIAS, CONSENT, OPTIONS, REFINE, SIZES, STRENGTH
from fairstock.web.api.moderations import MOST_CHARACTERS, MOST_INPUTS
from fairstock.web.api.parts import parts
from fairstock.web.api.schemas import choice, closed, schemas

router = APIRouter()
_CONSENT = (
    "true where everybody who can be recognised in the image consents to what is asked. Without it, a "
    "photograph with a recognisable face is refused (code consent_required); pictures of people on the "
    "likeness opt-out list are refused always (code likeness_opted_out). People look at a sample of the "
    "requests. Not covered: whose face it is, gore, hate symbols."
)
_REFINE = (
    "The id (header x-fairstock-pictures) or URL of an earlier picture of yours, which is carried on as the "
    "prompt says: as a whole, or inside the mask, which then has that picture's size. In an edit the image "
    "becomes a guide whose looks are taken over. The C2PA manifest has the earlier picture and the guide as "
    "ingredients. It costs what a new picture costs. Code picture_not_found where it is not yours."
)
_STRENGTH = "How far a change of a whole picture may leave it: the higher, the further."
_JSON, _FORM = "application/json", "multipart/form-data"
_STATUSES = {
    "400": "A field or the body cannot be used, or the content policy refuses it.",
    "401": "The API key is missing, unknown or revoked.",
    "403": "The caller may not do this.",
    "404": "There is no such model or URL.",
    "413": "The body is too large.",
    "429": "A rate limit or the monthly budget is used up.",
    "500": "The pictures could not be made; nothing was charged.",
    "503": "The service is not there at the moment; nothing was charged.",
    "504": "The pictures were not there in time; nothing was charged.",
}


@router.get("/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """The document, with this house's own address."""
    house, _ = parts(request)
    return JSONResponse(document(f"{house.settings.public_url.rstrip('/')}/v1", house.settings.model_id))


def document(server: str, model_id: str) -> dict[str, Any]:
    """OpenAPI 3.1 of everything under ``/v1``."""
    sent = {"$ref": "#/components/schemas/Images"}
    moderated = {"$ref": "#/components/schemas/Moderation"}
    listed, one = {"$ref": "#/components/schemas/Models"}, {"$ref": "#/components/schemas/Model"}
    fields, files = _fields(model_id, form=True), _files()
    own = {name: choice(values) for name, values in OPTIONS.items()}
    sent_own = {name: choice((*values, "")) for name, values in OPTIONS.items()}
    words = {"prompt": _prompt(), **_fields(model_id), **own, **_refinement()}
    consent = {CONSENT: {**choice(("true", "false", "")), "description": _CONSENT}}
    edit = {**files, "prompt": _prompt(), **fields, **sent_own, **consent, **_refinement(form=True)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "fairstock images API", "version": "1", "license": {"name": "Apache-2.0"}},
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "paths": {
            "/images/generations": {
                "post": _operation("createImage", _JSON, closed(words, ["prompt"]), sent)
            },
            "/images/edits": {"post": _operation("createImageEdit", _FORM, _edit(edit), sent)},
            "/images/variations": {
                "post": _operation(
                    "createImageVariation",
                    _FORM,
                    closed({"image": files["image"], **fields, **consent}, ["image"]),
                    sent,
                )
            },
            "/images/offers": {
                "post": _operation(
                    "createOffer",
                    _JSON,
                    closed({name: words[name] for name in ("prompt", "n", "size")}, ["prompt"]),
                    {"$ref": "#/components/schemas/Offer"},
                )
            },
            "/moderations": {"post": _operation("createModeration", _JSON, _moderation_ask(), moderated)},
            "/models": {"get": _operation("listModels", None, None, listed)},
            "/models/{model}": {
                "parameters": [_path("model")],
                "get": _operation("retrieveModel", None, None, one),
            },
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas(),
        },
    }


def _operation(name: str, body: str | None, asked: Any, answered: Any) -> dict[str, Any]:
    error = {_JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
    refusals = {status: {"description": why, "content": error} for status, why in _STATUSES.items()}
    headers = {
        name: {"schema": {"type": "string"}}
        for name in (
            "x-request-id",
            "x-ratelimit-limit-requests",
            "x-ratelimit-remaining-requests",
            "x-ratelimit-reset-requests",
        )
    }
    good = {"description": "Done.", "headers": headers, "content": {_JSON: {"schema": answered}}}
    operation: dict[str, Any] = {"operationId": name, "responses": {"200": good, **refusals}}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {body: {"schema": asked}}}
    return operation


def _fields(model_id: str, *, form: bool = False) -> dict[str, Any]:
    """What all three image endpoints take; in a form an empty text is how clients write null."""
    empty = ("",) if form else ()
    count = {"type": ["integer", "null"], "minimum": 1, "maximum": MOST_PICTURES}
    return {
        "n": {"anyOf": [count, *({"const": each} for each in empty)], "default": 1},
        "size": {**choice((*SIZES, *empty)), "default": SIZES[-1]},
        "response_format": {**choice(("url", "b64_json", *empty)), "default": "url"},
        "user": {"type": ["string", "null"], "maxLength": 256},
        "model": choice((ALIAS, model_id, *empty)),
    }


def _edit(properties: dict[str, Any]) -> dict[str, Any]:
    """An edit's form: the image may be left out where an earlier picture is named."""
    named = {"properties": {REFINE: {"minLength": 1}}, "required": [REFINE]}
    return {**closed(properties, ["prompt"]), "anyOf": [{"required": ["image"]}, named]}


def _refinement(*, form: bool = False) -> dict[str, Any]:
    """How an earlier picture is carried on."""
    least, most = STRENGTHS
    share: dict[str, Any] = {"type": ["number", "null"], "minimum": least, "maximum": most}
    if form:
        share = {"anyOf": [{"type": "number", "minimum": least, "maximum": most}, {"const": ""}]}
    return {
        REFINE: {"type": ["string", "null"], "maxLength": 2000, "description": _REFINE},
        STRENGTH: {**share, "default": USUAL_STRENGTH, "description": _STRENGTH},
    }


def _files() -> dict[str, Any]:
    square = "Square PNG, JPEG or WebP below 4 MB, at most 4096 pixels a side."
    hole = "Of the image's size; pixels that are fully transparent (alpha 0) are edited, all others are kept."
    file = {"type": "string", "format": "binary"}
    return {"image": {**file, "description": square}, "mask": {**file, "description": hole}}


def _prompt() -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": PROMPT_LIMIT, "pattern": r"[^\s]"}


def _moderation_ask() -> dict[str, Any]:
    text = {"type": "string", "maxLength": MOST_CHARACTERS}
    part = closed({"type": {"const": "text"}, "text": text}, ["type", "text"])
    inputs = {"minItems": 1, "maxItems": MOST_INPUTS}
    several = [
        {"type": "array", "items": text, **inputs},
        {"type": "array", "items": part, **inputs},
    ]
    return closed({"input": {"anyOf": [text, *several]}, "model": {"type": ["string", "null"]}}, ["input"])


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
