"""Around every call: an id in ``x-request-id``, and an answer in the right shape whatever happens inside."""

from __future__ import annotations

import logging

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fairstock.kit.ids import new_id
from fairstock.web.api.errors import SERVER, ApiError

log = logging.getLogger(__name__)


class Envelope:
    """Wraps the API's application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, begun = new_id("req"), False

        async def send_named(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                named = [(b"x-request-id", request_id.encode()), (b"cache-control", b"no-store")]
                known = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in named if each[0] not in known)]
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        except ClientDisconnect:
            log.info("%s: the client hung up while it was sending", request_id)
            if not begun:
                await gone().response()(scope, receive, send_named)
        except Exception:
            log.exception("%s %s %s failed", request_id, scope["method"], scope["path"])
            if not begun:
                await _our_fault(request_id).response()(scope, receive, send_named)


def gone() -> ApiError:
    """What nobody reads: the client has hung up. 499 is what proxies log in this case."""
    return ApiError(499, "The client hung up. Nothing was charged.", code="client_closed_request")


def _our_fault(request_id: str) -> ApiError:
    message = f"Something went wrong on our side; nothing was charged. If it stays so, report {request_id}."
    return ApiError(500, message, kind=SERVER, code="server_error")
