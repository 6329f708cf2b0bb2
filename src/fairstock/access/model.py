"""Values of the access context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fairstock.kit.money import Money


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: the secret itself is nowhere, only its hash."""

    id: str
    buyer_id: str
    label: str
    """What its holder calls it."""
    hint: str
    """The secret's last four characters, so that a person can tell keys apart."""
    requests_per_minute: int
    images_per_minute: int
    budget: Money | None
    """Most that may be charged in one calendar month (UTC); None for no bound."""
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key at its making, the only moment at which its secret can be read."""

    key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class Rate:
    """When each allowance will be full again if nobody calls; a moment that has passed means that it is."""

    requests_full_at: datetime
    images_full_at: datetime


@dataclass(frozen=True, slots=True)
class Allowance:
    """One limit a minute, as the ``x-ratelimit-…`` headers tell it."""

    limit: int
    remaining: int
    reset: timedelta
    """Until the whole limit is there again."""


class CallState(StrEnum):
    """Where a call stands."""

    open = "open"
    """Its pictures are waited for; its price is held against the budget."""
    done = "done"
    """Delivered and charged."""
    failed = "failed"
    """Refused, failed, timed out or given up by the client; nothing is charged. A repetition opens it
    again.
    """


@dataclass(frozen=True, slots=True)
class Ask:
    """What identifies a call and what it would use up."""

    endpoint: str
    """``generations``, ``edits`` or ``variations``."""
    body_sha256: str
    """Of the call's meaning: fields and files, not their wrapping, which differs from retry to retry."""
    images: int
    idempotency_key: str | None
    retry_count: int
    """What the client says in ``x-stainless-retry-count``; 0 for a first try."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call that makes pictures, with all its repetitions."""

    id: str
    """Also the key of its generation request, and the stem of its sales' keys."""
    key_id: str
    body_sha256: str
    images: int
    hold: Money
    """The quote when it was let in."""
    state: CallState
    attempt: int
    """Which try is the latest, from 1; an earlier one no longer decides about the call."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A call that was let in."""

    call: Call
    repeated: bool
    """True where it is a repetition of an earlier call."""
    images: Allowance
