"""Days and months of a simulated year, and messages on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fairstock.kit.months import month_bounds, month_of
from fairstock.simulate.model import Message

TURN_OF_THE_YEAR = datetime(2026, 1, 1, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When things happen."""

    begin: datetime
    days: int
    """Of trade."""
    tail: int
    """Days after them in which money still goes back; months are closed and paid until then."""

    @classmethod
    def of(cls, days: int) -> Calendar:
        """With the turn of a calendar year in the middle of the days."""
        return cls(TURN_OF_THE_YEAR - timedelta(days=days // 2), days, min(200, max(45, days)))

    def message(self, kind: str, name: str, day: float, facts: dict[str, Any]) -> Message:
        """Something that happens so many days after the begin."""
        return Message(f"{kind}:{name}", kind, self.moment(day), facts)

    def moment(self, day: float) -> datetime:
        """The moment so many days after the begin."""
        return self.begin + timedelta(seconds=int(day * 86_400))

    def months(self) -> Iterator[tuple[str, datetime]]:
        """Each month that is closed, with its end."""
        month, last = month_of(self.begin), month_of(self.moment(self.days + self.tail))
        while month <= last:
            _, end = month_bounds(month)
            yield month, end
            month = month_of(end)
