"""Rates, budgets and how they are spoken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories.core import NOON, usd
from hypothesis import given
from hypothesis import strategies as st

from fairstock.access.rules import (
    MINUTE,
    BadLimit,
    BudgetSpent,
    RateLimited,
    allowance,
    check_budget,
    check_limits,
    counted,
    hash_of,
    new_secret,
    spoken,
    take,
)
from fairstock.kit.money import CurrencyMismatch, Money
from fairstock.license.book import price_book_in_force
from fairstock.license.rules import UnknownCurrency, worth_in


@given(st.integers(1, 500), st.lists(st.tuples(st.integers(0, 90_000), st.integers(1, 10)), max_size=60))
def test_no_minute_lets_more_than_twice_the_limit_through(limit: int, calls: list[tuple[int, int]]) -> None:
    """A full allowance and what comes back within the minute: never more, whatever the pattern."""
    now, full_at, taken, refused = NOON, NOON, [], []
    for wait, wanted in calls:
        now += timedelta(milliseconds=wait)
        try:
            full_at = take("requests", limit, full_at, wanted, now)
        except RateLimited as error:
            refused.append((error.wait, wanted - allowance(limit, full_at, now).remaining))
        else:
            taken.append((now, wanted))
        recent = sum(n for at, n in taken if now - at < MINUTE)
        assert recent <= 2 * limit
    assert all(wait > timedelta() and missing > 0 for wait, missing in refused)


@given(st.integers(1, 500), st.integers(1, 500))
def test_after_the_wait_that_is_named_the_call_goes_through(limit: int, wanted: int) -> None:
    full_at = take("requests", limit, NOON, limit, NOON)
    try:
        take("requests", limit, full_at, wanted, NOON)
    except RateLimited as error:
        if wanted <= limit:
            take("requests", limit, full_at, wanted, NOON + error.wait)


def test_an_allowance_is_told_exactly() -> None:
    full = allowance(60, NOON, NOON)
    assert (full.remaining, full.reset) == (60, timedelta())
    used = allowance(60, take("requests", 60, NOON, 1, NOON), NOON)
    assert (used.remaining, spoken(used.reset)) == (59, "1s")
    empty = allowance(1, take("requests", 1, NOON, 1, NOON), NOON)
    assert (empty.remaining, spoken(empty.reset)) == (0, "1m0s")


@pytest.mark.parametrize(
    ("span", "words"), [(0.0, "0s"), (0.2, "1s"), (1.0, "1s"), (59.5, "1m0s"), (360, "6m0s"), (61, "1m1s")]
)
def test_resets_are_written_as_clients_read_them(span: float, words: str) -> None:
    assert spoken(timedelta(seconds=span)) == words


def test_a_budget_is_spent_to_the_last_micro_unit_and_not_further() -> None:
    check_budget(usd(100), usd(60), usd(40))
    with pytest.raises(BudgetSpent) as error:
        check_budget(usd(100), usd(60), usd(41))
    assert error.value.left == usd(40)
    with pytest.raises(BudgetSpent) as error:
        check_budget(usd(100), usd(160), usd(1))
    assert error.value.left == usd(0)


def test_what_was_spent_in_other_currencies_counts_by_the_list_prices() -> None:
    worth = worth_in(price_book_in_force(), "USD")
    assert worth["USD"] == 1
    spent = [
        usd(20_000),
        Money(19_000, "EUR"),
        Money(1, "JPY"),
    ]  # a large picture each costs 20,000 and 19,000
    assert counted(spent, "USD", worth) == usd(40_000 + 1)  # up to a whole micro-unit
    with pytest.raises(CurrencyMismatch):
        counted([Money(1, "CHF")], "USD", worth)
    with pytest.raises(UnknownCurrency):
        worth_in(price_book_in_force(), "CHF")


@pytest.mark.parametrize("limits", [(0, 10, None), (1, 9, None), (1, 10, usd(0)), (10**6, 10, None)])
def test_limits_that_no_key_can_have(limits: tuple[int, int, None]) -> None:
    with pytest.raises(BadLimit):
        check_limits(*limits)


def test_secrets_differ_and_only_their_hash_is_needed() -> None:
    one, other = new_secret(), new_secret()
    assert one != other
    assert one.startswith("fsk-")
    assert one not in hash_of(one)
    assert hash_of("\ud800")  # what a client sends need not be text
