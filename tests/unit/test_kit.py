"""Ids, clocks and errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairstock.kit import errors, ids
from fairstock.kit.clock import FixedClock, SystemClock
from fairstock.kit.objects import ObjectMissing

PARTS = st.lists(
    st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"])), min_size=1, max_size=5
)


@given(PARTS, PARTS)
def test_derived_ids_are_equal_exactly_for_equal_parts(left: list[str], right: list[str]) -> None:
    assert (ids.derived_id("ast", *left) == ids.derived_id("ast", *right)) == (left == right)


def test_derived_ids_keep_their_form() -> None:
    """The form is in every database, so it must never change."""
    assert ids.derived_id("ast", "pty_1", "ab") == "ast_77dbf0e209e9f67fd3dc"


def test_the_separator_cannot_be_smuggled_in() -> None:
    with pytest.raises(errors.BadInput, match=r"U\+001F"):
        ids.derived_id("ast", "a\x1fb")


def test_new_ids_differ_and_sort_by_time() -> None:
    made = [ids.new_id("upl") for _ in range(2000)]
    assert len(set(made)) == 2000
    assert [identity[:16] for identity in made] == sorted(identity[:16] for identity in made)


@pytest.mark.parametrize("text", ["", "abc", "G" * 64, "A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n"])
def test_what_is_not_a_digest(text: str) -> None:
    with pytest.raises(ids.BadDigest):
        ids.checked_digest(text)


def test_clocks_tell_utc() -> None:
    assert SystemClock().now().tzinfo is UTC
    berlin = datetime(2026, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert FixedClock(berlin).now() == datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert FixedClock(berlin).now().tzinfo is UTC


def test_a_fixed_clock_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        FixedClock(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_errors_speak_in_one_sentence_with_a_remedy() -> None:
    error = ObjectMissing("ab", "/objects")
    assert str(error) == (
        "The object ab is not in /objects. To fix it: check FAIRSTOCK_OBJECTS, or restore a backup."
    )
    assert error.exit_code == 2
    assert errors.Inconsistent("x").exit_code == 1
