"""``GET /v1/openapi.json``: the contract as a document, written by hand since clients hold us to it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from fairstock.generation.rules import MOST_PICTURES, PROMPT_LIMIT
from fairstock.web.api.asks import ALIAS, CONSENT, OPTIONS, SIZES
from fairstock.web.api.moderations import CATEGORIES, MOST_CHARACTERS, MOST_INPUTS
from fairstock.web.api.parts import parts

router = APIRouter()
_CONSENT = (
    "true where everybody who can be recognised in the image consents to what is asked. Without it, a "
    "photograph with a recognisable face is refused (code consent_required); pictures of people on the "
    "likeness opt-out list are refused always (code likeness_opted_out). People look at a sample of the "
    "requests. Not covered: whose face it is, gore, hate symbols."
)
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
    own = {name: _choice(values) for name, values in OPTIONS.items()}
    sent_own = {name: _choice((*values, "")) for name, values in OPTIONS.items()}
    words = {"prompt": _prompt(), **_fields(model_id), **own}
    consent = {CONSENT: {**_choice(("true", "false", "")), "description": _CONSENT}}
    edit = {**files, "prompt": _prompt(), **fields, **sent_own, **consent}
    return {
        "openapi": "3.1.0",
        "info": {"title": "fairstock images API", "version": "1", "license": {"name": "Apache-2.0"}},
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "paths": {
            "/images/generations": {
                "post": _operation("createImage", _JSON, _object(words, ["prompt"]), sent)
            },
            "/images/edits": {
                "post": _operation("createImageEdit", _FORM, _object(edit, ["image", "prompt"]), sent)
            },
            "/images/variations": {
                "post": _operation(
                    "createImageVariation",
                    _FORM,
                    _object({"image": files["image"], **fields, **consent}, ["image"]),
                    sent,
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
            "schemas": _schemas(),
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
        "size": {**_choice((*SIZES, *empty)), "default": SIZES[-1]},
        "response_format": {**_choice(("url", "b64_json", *empty)), "default": "url"},
        "user": {"type": ["string", "null"], "maxLength": 256},
        "model": _choice((ALIAS, model_id, *empty)),
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
    part = _object({"type": {"const": "text"}, "text": text}, ["type", "text"])
    inputs = {"minItems": 1, "maxItems": MOST_INPUTS}
    several = [
        {"type": "array", "items": text, **inputs},
        {"type": "array", "items": part, **inputs},
    ]
    return _object({"input": {"anyOf": [text, *several]}, "model": {"type": ["string", "null"]}}, ["input"])


def _schemas() -> dict[str, Any]:
    text, number = {"type": "string"}, {"type": "integer"}
    names = [each.value for each in CATEGORIES]
    nullable = {"type": ["string", "null"]}
    error = {
        "message": text,
        "type": text,
        "param": nullable,
        "code": nullable,
        "moderation": {"type": "object"},
    }
    image = {"url": {"type": "string", "format": "uri"}, "b64_json": text, "revised_prompt": text}
    converted = _object({"param": text, "what": text}, ["param", "what"])
    model = {"id": text, "object": {"const": "model"}, "created": number, "owned_by": text}
    score = {"type": "number", "minimum": 0, "maximum": 1}
    judged = {
        "flagged": {"type": "boolean"},
        "categories": _object({name: {"type": "boolean"} for name in names}, names),
        "category_scores": _object(dict.fromkeys(names, score), names),
        "category_applied_input_types": _object({name: _list(text) for name in names}, names),
        "decision": {"type": "object"},
    }
    result = _object(judged, list(judged))
    images = {"created": number, "data": _list(_object(image, [])), "converted": _list(converted)}
    return {
        "Error": _object({"error": _object(error, ["message", "type", "param", "code"])}, ["error"]),
        "Images": _object(images, ["created", "data"]),
        "Model": _object(model, list(model)),
        "Models": _object(
            {"object": {"const": "list"}, "data": _list({"$ref": "#/components/schemas/Model"})},
            ["object", "data"],
        ),
        "Moderation": _object(
            {"id": text, "model": text, "results": _list(result)}, ["id", "model", "results"]
        ),
    }


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _choice(options: tuple[str, ...]) -> dict[str, Any]:
    return {"enum": [*options, None]}


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
