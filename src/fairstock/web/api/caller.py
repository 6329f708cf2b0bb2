"""Who calls: the key behind ``Authorization: Bearer``, and one request off its limit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from fairstock.access import keys
from fairstock.access.admit import count_request
from fairstock.access.model import ApiKey
from fairstock.bootstrap import App
from fairstock.party import store as parties
from fairstock.party.model import Role
from fairstock.web.api.errors import ApiError
from fairstock.web.api.limits import headers_of

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Caller:
    """The key that calls, and what its answers' headers say about its limits."""

    key: ApiKey
    headers: dict[str, str]


class NoKey(ApiError):
    """A call without a key."""

    def __init__(self) -> None:
        super().__init__(
            401,
            "You did not provide an API key. Send it in the header Authorization: Bearer YOUR_KEY.",
            code="invalid_api_key",
            headers={"WWW-Authenticate": "Bearer"},
        )


class NoBuyer(ApiError):
    """The key's holder may not buy any more."""

    def __init__(self) -> None:
        super().__init__(403, "The holder of this API key may not buy images.", code="not_a_buyer")


async def caller(request: Request, house: App) -> Caller:
    """The caller, counted. Raises ``NoKey``, ``UnknownKey``, ``NoBuyer`` and ``RateLimited``."""
    given = _BEARER.fullmatch(request.headers.get("authorization", "").strip())
    if given is None:
        raise NoKey
    return await run_in_threadpool(_counted, house, given.group(1))


def _counted(house: App, secret: str) -> Caller:
    with house.transaction(durable=False) as conn:  # a rate limit may forget a call in a power cut
        key = keys.holder(conn, secret)
        if Role.buyer not in parties.roles(conn, key.buyer_id):
            raise NoBuyer
        return Caller(key, headers_of("requests", count_request(conn, key, house.clock)))
