"""A body as fields and files, whatever arrives: bounded, and with one error for each way to be wrong."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from fairstock.web.api.errors import BadBody

JSON_BYTES = 1_000_000
FORM_BYTES = 32_000_000
"""Room for a picture and a mask that are too large to be taken, so that the error can say which it is."""
_PARTS = 64
DEEPEST = 32
"""Levels of lists and objects; no request of the contract has more than four."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a client sent."""

    fields: Mapping[str, Any]
    """JSON values, or text where ``textual``."""
    files: Mapping[str, list[bytes]]
    """By name, without the ``[]`` of lists."""
    textual: bool
    """True for multipart, where numbers arrive as text."""


async def json_body(request: Request) -> Body:
    """The object in a JSON body. Raises ``BadBody``."""
    _check_type(request, "application/json")
    data = await _read(request, JSON_BYTES)
    try:
        value = json.loads(data, parse_constant=_no_constant)
        deep = _depth(value, DEEPEST)
    except (ValueError, RecursionError) as error:
        raise BadBody(
            f"The JSON body of your request could not be parsed: {error}.", code="invalid_json"
        ) from error
    if deep:
        raise BadBody(f"The JSON body is nested deeper than {DEEPEST} levels.", code="invalid_json")
    if not isinstance(value, dict):
        raise BadBody("The JSON body of your request is not an object.", code="invalid_json")
    return Body(value, {}, textual=False)


async def form_body(request: Request) -> Body:
    """Fields and files of a multipart body; a field that comes twice is refused. Raises ``BadBody``."""
    _check_type(request, "multipart/form-data")
    data = await _read(request, FORM_BYTES)
    parser = MultiPartParser(
        request.headers, _once(data), max_files=_PARTS, max_fields=_PARTS, max_part_size=JSON_BYTES
    )
    try:
        form = await parser.parse()
    except (MultiPartException, ValueError) as error:
        reason = getattr(error, "message", str(error))
        raise BadBody(
            f"The multipart body could not be parsed: {reason}", code="invalid_multipart"
        ) from error
    fields: dict[str, str] = {}
    files: dict[str, list[bytes]] = {}
    try:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files.setdefault(name.removesuffix("[]"), []).append(await value.read())
            elif name in fields:
                raise BadBody(f"The field {name!r} was sent more than once.", code="repeated_parameter")
            else:
                fields[name] = value
    finally:
        await form.close()
    return Body(fields, files, textual=True)


def _check_type(request: Request, wanted: str) -> None:
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() != wanted:
        raise BadBody(
            f"Invalid Content-Type header ({given or 'none'}), expected {wanted}.",
            code="unsupported_content_type",
        )


async def _read(request: Request, most: int) -> bytes:
    """The body; raises ``BadBody`` as soon as it grows beyond ``most`` bytes."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            message = f"The body is larger than {most // 1_000_000} MB."
            raise BadBody(message, status=413, code="body_too_large")
        chunks.append(chunk)
    return b"".join(chunks)


async def _once(data: bytes) -> AsyncGenerator[bytes, None]:
    yield data


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _depth(value: object, left: int) -> bool:
    """Whether the value is nested deeper than ``left`` levels."""
    if left == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_depth(each, left - 1) for each in inner)
