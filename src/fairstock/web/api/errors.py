"""Every refusal of the API in the shape that clients read: ``{"error": {message, type, param, code}}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

from fairstock.access.admit import IdempotencyKeyReused
from fairstock.access.rules import BudgetSpent, RateLimited, UnknownKey
from fairstock.kit.errors import Failure, FairstockError, Forbidden, Inconsistent, NotFound
from fairstock.web.api.limits import headers_of, milliseconds

INVALID = "invalid_request_error"
SERVER = "server_error"
NO_RETRY = {"x-should-retry": "false"}
"""Official clients would otherwise repeat every 409, 429 and 5xx twice."""


class ApiError(FairstockError):
    """A refusal as the client gets it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = INVALID,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        self.status, self.message = status, message
        self.kind, self.param, self.code = kind, param, code
        self.headers, self.more = dict(headers or {}), dict(more or {})
        super().__init__(message)

    def response(self) -> JSONResponse:
        """The answer; all four keys are always there."""
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return JSONResponse({"error": encodable({**error, **self.more})}, self.status, headers=self.headers)


class BadField(ApiError):
    """One field, named by ``param``, cannot be used."""

    def __init__(self, param: str, message: str, code: str = "invalid_value") -> None:
        super().__init__(400, message, param=param, code=code)


class BadBody(ApiError):
    """The body is not what the endpoint reads."""

    def __init__(self, message: str, *, status: int = 400, code: str = "invalid_body") -> None:
        super().__init__(status, message, code=code)


class Refused(ApiError):
    """Moderation refused the request; nothing was made or charged."""

    def __init__(self, decision: Mapping[str, Any]) -> None:
        told = ("decision", "category", "span", "rule", "policy_version")
        super().__init__(
            400,
            str(decision.get("sentence") or "The request was refused; nothing was made or charged."),
            code="content_policy_violation",
            more={"moderation": {name: decision.get(name) for name in told}},
        )


class PictureRefused(ApiError):
    """A picture that was sent, or the one that came out, may not be worked on or delivered."""

    def __init__(self, reason: str) -> None:
        super().__init__(400, f"{reason} Nothing was charged.", code="content_policy_violation")


class NotMade(ApiError):
    """The pictures could not be made; nothing was charged, and the same call may try again."""

    def __init__(self, reason: str) -> None:
        super().__init__(500, f"{reason} Nothing was charged.", kind=SERVER, code="generation_failed")


class TookTooLong(ApiError):
    """The pictures were not there in time; nothing was charged, nothing goes on."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            504,
            f"The pictures were not made within {seconds:.0f} seconds. Nothing was charged; try again later.",
            kind=SERVER,
            code="request_timeout",
        )


def translated(error: FairstockError) -> ApiError:
    """Any of the house's errors as the client gets it, by the tree in ``kit.errors``."""
    if isinstance(error, ApiError):
        return error
    for kind, translate in _SPECIAL.items():
        if isinstance(error, kind):
            return translate(error)
    if isinstance(error, (Inconsistent, Failure)):
        status = 500 if isinstance(error, Inconsistent) else 503
        return ApiError(status, error.sentence, kind=SERVER, code="server_error")
    status = 404 if isinstance(error, NotFound) else 403 if isinstance(error, Forbidden) else 400
    return ApiError(status, str(error), code="not_found" if status == 404 else "invalid_value")


def _rate_limited(error: FairstockError) -> ApiError:
    assert isinstance(error, RateLimited)  # noqa: S101  # by the table below
    wait = milliseconds(error.wait)
    retry = {"retry-after-ms": str(wait), "retry-after": str(-(-wait // 1000))}
    kind = "images" if error.what == "pictures" else "requests"
    headers = {**headers_of(kind, error.allowance), **retry}
    return ApiError(429, str(error), kind=kind, code="rate_limit_exceeded", headers=headers)


def _no_quota(error: FairstockError) -> ApiError:
    quota = "insufficient_quota"
    return ApiError(429, str(error), kind=quota, code=quota, headers=NO_RETRY)


def _bad_key(error: FairstockError) -> ApiError:
    headers = {"WWW-Authenticate": "Bearer"}
    return ApiError(401, str(error), code="invalid_api_key", headers=headers)


def _reused(error: FairstockError) -> ApiError:
    return ApiError(400, str(error), param="Idempotency-Key", code="idempotency_key_reused")


_SPECIAL = {
    RateLimited: _rate_limited,
    BudgetSpent: _no_quota,
    UnknownKey: _bad_key,
    IdempotencyKeyReused: _reused,
}


def encodable(value: Any) -> Any:
    """The value with half surrogates, which no UTF-8 text can have, replaced by question marks."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {encodable(key): encodable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [encodable(each) for each in value]
    return value
