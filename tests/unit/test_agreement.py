"""Agreement between machine and people is counted with exact intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from fairstock.kit.rates import interval
from fairstock.screening.agreement import Decided, agreement
from fairstock.screening.model import Outcome

ACCEPT, REVIEW, REJECT = Outcome.ACCEPT, Outcome.REVIEW, Outcome.REJECT


def test_first_decisions_appeals_and_rules_are_counted_apart() -> None:
    found = agreement(
        [
            Decided(REVIEW, ("close", "a sign"), REJECT, None, appeal=False),
            Decided(REVIEW, ("close",), ACCEPT, None, appeal=False),
            Decided(REVIEW, ("close",), ACCEPT, REJECT, appeal=True),
            Decided(REJECT, ("a mark",), REJECT, None, appeal=True),
        ]
    )
    assert {(each.label, each.k, each.n) for each in found.overall} == {
        ("The machine asked for review: turned down", 1, 2),
        ("Appeals against the machine: its rejection stood", 1, 1),
        ("Appeals against a reviewer: the second agreed with the first", 0, 1),
    }
    assert [(each.label, each.k, each.n) for each in found.by_rule] == [("a sign", 1, 1), ("close", 1, 2)]


def test_nothing_decided_gives_no_table() -> None:
    found = agreement([])
    assert (found.overall, found.by_rule) == ([], [])


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_exact(counted: tuple[int, int]) -> None:
    """At each end what was seen, or more extreme, has a chance of 2.5 %."""
    k, n = counted
    low, high = interval(k, n)
    assert 0 <= low <= k / n <= high <= 1
    if k:
        assert binom.sf(k - 1, n, low) == pytest.approx(0.025, rel=1e-6)
    if k < n:
        assert binom.cdf(k, n, high) == pytest.approx(0.025, rel=1e-6)
