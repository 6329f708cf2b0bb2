"""Calendar months."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairstock.kit.months import NotAMonth, checked_month, month_bounds, month_of, next_month


@given(st.integers(946_684_800, 32_472_144_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_every_moment_lies_in_its_month(at: datetime) -> None:
    first, after = month_bounds(month_of(at))
    assert first <= at < after
    assert month_of(after) == next_month(month_of(at))


def test_months_are_those_of_utc() -> None:
    late = datetime(2026, 12, 31, 22, tzinfo=timezone(timedelta(hours=-5)))
    assert month_of(late) == "2027-01"


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "26-01", "2026-1", "2026-01-01", "", "2026_01", "２０２６-01"]
)
def test_other_texts_are_no_months(text: str) -> None:
    with pytest.raises(NotAMonth):
        checked_month(text)


def test_a_moment_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        month_of(datetime(2026, 1, 1))  # noqa: DTZ001 the point of the test
