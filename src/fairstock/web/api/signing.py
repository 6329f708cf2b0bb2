"""Links to files that work without a key, for an hour."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from fairstock.web.api.errors import ApiError
from fairstock.web.session_key import session_key

LIFETIME = timedelta(minutes=60)
"""How long a link works, as clients expect it."""


class LinkEnded(ApiError):
    """A link is older than an hour, or was never ours."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(403, message, code=code)


class Links:
    """Makes and checks links with the secret in ``home/keys/files.key``."""

    def __init__(self, home: Path, public_url: str) -> None:
        """``public_url`` is the base that clients reach, such as ``https://images.example``."""
        self._key = session_key(home, "files").encode()
        self._base = f"{public_url.rstrip('/')}/v1/images/files"

    def to(self, name: str, now: datetime) -> str:
        """A link to the file ``name`` that works for an hour from ``now``."""
        expires = int((now + LIFETIME).timestamp())
        return f"{self._base}/{name}?expires={expires}&signature={self._sign(name, str(expires))}"

    def check(self, name: str, query: Mapping[str, str], now: datetime) -> int:
        """For how many seconds the link still works. Raises ``LinkEnded``."""
        expires, signature = query.get("expires", ""), query.get("signature", "")
        genuine = hmac.compare_digest(
            self._sign(name, expires).encode(), signature.encode("utf-8", "replace")
        )
        if not genuine:
            raise LinkEnded("This link is not one of ours.", "invalid_signature")
        left = int(expires) - int(now.timestamp())
        if left <= 0:
            raise LinkEnded("This link has ended; links to images work for an hour.", "link_expired")
        return left

    def _sign(self, name: str, expires: str) -> str:
        message = f"{name}\n{expires}".encode("utf-8", "replace")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()
