"""The API as one ASGI application, to be mounted at ``/v1``."""

from __future__ import annotations

import logging

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fairstock.bootstrap import App
from fairstock.kit.errors import FairstockError
from fairstock.web.api import files, images, models, moderations, offers, openapi
from fairstock.web.api.envelope import Envelope
from fairstock.web.api.errors import ApiError, translated
from fairstock.web.api.signing import Links

log = logging.getLogger(__name__)


def create_api(house: App) -> Envelope:
    """The API over one marketplace."""
    api = FastAPI(title="fairstock images API", docs_url=None, redoc_url=None, openapi_url=None)
    api.state.house = house
    api.state.links = Links(house.home, house.settings.public_url)
    for each in (files, images, moderations, models, offers, openapi):
        api.include_router(each.router)
    _handle_errors(api)
    return Envelope(api)


def _handle_errors(api: FastAPI) -> None:
    @api.exception_handler(FairstockError)
    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, FairstockError)  # noqa: S101  # what the decorator registered
        answer = translated(error)
        if answer.status >= 500:
            log.error("%s %s: %s", request.method, request.url.path, error)
        answer.headers = {**getattr(request.state, "headers", {}), **answer.headers}
        return answer.response()

    @api.exception_handler(HTTPException)
    def unknown(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(getattr(error, "headers", None) or {})
        where = f"{request.method} {request.url.path}"
        if status == 405:
            message = f"Not allowed: {where}. Allowed here: {headers.get('Allow', 'nothing')}."
            return ApiError(405, message, code="method_not_allowed", headers=headers).response()
        return ApiError(status, f"Unknown request URL: {where}.", code="unknown_url").response()
