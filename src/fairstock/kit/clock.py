"""Time as a value that is passed in, so that a month's end can be tested in any month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still; for demos and tests that must come out the same every time."""

    at: datetime
    """The moment it shows; must carry a time zone."""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a FixedClock needs a time zone")

    def now(self) -> datetime:
        """Always the same moment, in UTC."""
        return self.at.astimezone(UTC)
