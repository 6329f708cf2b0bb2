"""Calendar months in UTC, written ``YYYY-MM``, so that they sort as text."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from fairstock.kit.errors import BadInput

_MONTH = re.compile(r"([2-9]\d{3})-(0[1-9]|1[0-2])")


class NotAMonth(BadInput):
    """A text does not name a calendar month."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is not a month.", remedy="write it as YYYY-MM, such as 2026-11")


def month_of(at: datetime) -> str:
    """The month in UTC of an aware moment."""
    if at.tzinfo is None:
        raise ValueError("a month is asked of a moment without a time zone")
    return at.astimezone(UTC).strftime("%Y-%m")


def checked_month(text: str) -> str:
    """The text itself where it is a month; raises ``NotAMonth`` otherwise."""
    if not _MONTH.fullmatch(text):
        raise NotAMonth(text)
    return text


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """The first moment of the month and the first one after it, aware, in UTC; raises ``NotAMonth``."""
    return _first(month), _first(next_month(month))


def next_month(month: str) -> str:
    """The month after; raises ``NotAMonth``."""
    year, number = (int(part) for part in checked_month(month).split("-"))
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def _first(month: str) -> datetime:
    year, number = (int(part) for part in checked_month(month).split("-"))
    return datetime(year, number, 1, tzinfo=UTC)
