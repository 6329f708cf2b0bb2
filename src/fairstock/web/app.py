"""The pages as one ASGI application."""

import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import Mount

from fairstock.bootstrap import App
from fairstock.kit.errors import FairstockError, Forbidden, Inconsistent, NotFound
from fairstock.web.api.app import create_api
from fairstock.web.auth import SAFE_METHODS, FormExpired, SignInNeeded, checked_request
from fairstock.web.expired import kept
from fairstock.web.limiter import Limiter, SignInLimiter, TooMany
from fairstock.web.pages import error_page
from fairstock.web.renditions import Renditions
from fairstock.web.routes import ROUTERS
from fairstock.web.routes.verify import FILES, WINDOW_SECONDS, TooManyFiles
from fairstock.web.session_key import session_key

SESSION_SECONDS = 12 * 3600
"""A session ends twelve hours after signing in."""
_STATIC = Path(__file__).parent / "static"
_HEADERS = {
    # Everything comes from here; no inline script or style, no frames, no plug-ins.
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
log = logging.getLogger(__name__)


def create_app(app: App) -> FastAPI:
    """The pages over one marketplace."""
    pages = FastAPI(
        title="fairstock",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(checked_request)],
    )
    pages.state.house = app
    pages.state.sign_ins = SignInLimiter()
    pages.state.files = Limiter(FILES, WINDOW_SECONDS, TooManyFiles)
    pages.state.renditions = Renditions(app.home / "cache" / "renditions")
    pages.add_middleware(
        SessionMiddleware,
        secret_key=session_key(app.home),
        session_cookie="fairstock",
        max_age=SESSION_SECONDS,
        same_site="lax",
        https_only=app.settings.public_url.startswith("https://"),
    )
    pages.middleware("http")(_secured)
    pages.mount("/static", StaticFiles(directory=_STATIC), name="static")
    pages.router.routes.append(_mounted_api(app))  # keys instead of sessions, JSON instead of pages
    for router in ROUTERS:
        pages.include_router(router)
    _handle_errors(pages)
    return pages


async def _secured(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Security headers on every answer; pages of a person are never kept by a shared cache."""
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.url.path.startswith("/static"):
        response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _mounted_api(app: App) -> Mount:
    """The API at ``/v1``, whatever follows: by itself a mount leaves out paths that hold a line break, and
    their callers would get a page.
    """
    api = Mount("/v1", create_api(app), name="api")
    api.path_regex = re.compile(api.path_regex.pattern, re.DOTALL)
    return api


def _handle_errors(pages: FastAPI) -> None:
    @pages.exception_handler(SignInNeeded)
    def to_sign_in(request: Request, _: Exception) -> Response:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        target = wanted if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={quote(target)}", status_code=303)

    @pages.exception_handler(FormExpired)
    async def once_more(request: Request, _: Exception) -> Response:
        return await kept(request)

    @pages.exception_handler(FairstockError)
    def in_plain_words(request: Request, error: Exception) -> Response:
        assert isinstance(error, FairstockError)  # noqa: S101  # what the decorator registered
        status = _status(error)
        if status >= 500:
            log.error("%s %s: %s", request.method, request.url.path, error)
        return error_page(request, status, error.sentence, error.remedy)

    @pages.exception_handler(HTTPException)
    def unknown_page(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        sentence = "There is no such page." if status == 404 else "The page cannot be used in this way."
        return error_page(request, status, sentence, "start again from the first page")

    @pages.exception_handler(RequestValidationError)
    def unusable_form(request: Request, _: Exception) -> Response:
        if request.method in SAFE_METHODS:
            sentence = "The address has a part that means nothing here."
            return error_page(request, 400, sentence, "go back, or start again from the first page")
        return error_page(request, 400, "The form is not complete.", "go back and check it")

    @pages.exception_handler(Exception)
    def our_fault(request: Request, error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return error_page(request, 500, "Something went wrong on our side.", "try again in a moment")


def _status(error: FairstockError) -> int:
    """The HTTP status of an error, as the tree in ``kit.errors`` says."""
    table: list[tuple[type[FairstockError], int]] = [
        (TooMany, 429),
        (NotFound, 404),
        (Forbidden, 403),
        (Inconsistent, 500),
    ]
    for kind, status in table:
        if isinstance(error, kind):
            return status
    return 400 if error.exit_code == 2 else 503
