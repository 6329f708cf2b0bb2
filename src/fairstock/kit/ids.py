"""Names for rows: text ids with a prefix that tells what they name."""

from __future__ import annotations

import hashlib
import re
import secrets
import time

from fairstock.kit.errors import BadInput

_SHA256 = re.compile(r"[0-9a-f]{64}")


class BadDigest(BadInput):
    """A text is not a SHA-256 in hexadecimal."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is not a SHA-256.", remedy="give 64 digits of 0-9 and a-f")


def new_id(prefix: str) -> str:
    """A fresh id that sorts by the time of its making: ``upl_`` + 12 hex digits of milliseconds + 10 random
    ones.
    """
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(5)}"


def derived_id(prefix: str, *parts: str) -> str:
    """The id of the thing that ``parts`` describe; the same parts always give the same id, so that a retry is
    a no-op.

    80 bits of SHA-256 over the parts joined with the unit separator, which must not occur in them.
    """
    if any("\x1f" in part for part in parts):
        raise BadInput(
            f"A part of the id {prefix}_… contains the separator U+001F.", remedy="remove that character"
        )
    return f"{prefix}_{hashlib.sha256(chr(0x1F).join(parts).encode()).hexdigest()[:20]}"


def sha256_of(data: bytes) -> str:
    """SHA-256 of the bytes in 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def checked_digest(text: str) -> str:
    """The text itself where it is a SHA-256 in hex; raises ``BadDigest`` otherwise (so a path cannot be
    smuggled in).
    """
    if not _SHA256.fullmatch(text):
        raise BadDigest(text)
    return text
