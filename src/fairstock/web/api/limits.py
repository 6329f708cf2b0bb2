"""Rate limits as headers."""

from __future__ import annotations

from datetime import timedelta

from fairstock.access.model import Allowance
from fairstock.access.rules import spoken


def headers_of(kind: str, allowance: Allowance) -> dict[str, str]:
    """``x-ratelimit-{limit,remaining,reset}-<kind>``; ``kind`` is ``requests`` or ``images``."""
    return {
        f"x-ratelimit-limit-{kind}": str(allowance.limit),
        f"x-ratelimit-remaining-{kind}": str(allowance.remaining),
        f"x-ratelimit-reset-{kind}": spoken(allowance.reset),
    }


def milliseconds(span: timedelta) -> int:
    """Rounded up, so that whoever waits so long has waited enough."""
    return -(-span // timedelta(milliseconds=1))
