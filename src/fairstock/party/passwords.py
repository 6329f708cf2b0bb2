"""Passwords as argon2id hashes at the cost that RFC 9106 recommends for little memory (64 MiB, 3 passes)."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from fairstock.kit.errors import BadInput

SHORTEST_PASSWORD = 8
"""Characters that a password must have."""

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


class PasswordTooShort(BadInput):
    """A password has too few characters."""

    def __init__(self) -> None:
        super().__init__("The password is too short.", remedy=f"use at least {SHORTEST_PASSWORD} characters")


def hashed(password: str) -> str:
    """The hash to store; raises ``PasswordTooShort``."""
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; without a hash it is false and takes just as long."""
    try:
        _hasher.verify(stored or _of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _of_nobody() -> str:
    """A hash to compare with when there is none, so that a caller cannot tell which handles exist."""
    return _hasher.hash("this is nobody's password")
