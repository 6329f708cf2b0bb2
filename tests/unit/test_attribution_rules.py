"""Shares that sum to exactly one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairstock.attribution.model import WHOLE
from fairstock.attribution.rules import BadWeight, to_shares

WEIGHTS = st.dictionaries(
    st.integers(0, 10**6).map(lambda n: f"{n:064x}"),
    st.floats(0, 1e300, allow_nan=False, allow_infinity=False),
    max_size=40,
)


@given(WEIGHTS)
def test_shares_sum_to_exactly_one(weights: dict[str, float]) -> None:
    shares = to_shares(weights.items())
    assert sum(shares.values()) == (WHOLE if any(weights.values()) else 0)
    assert all(weights[work] > 0 and ppb > 0 for work, ppb in shares.items())


@given(WEIGHTS, st.randoms())
def test_the_order_is_without_effect(weights: dict[str, float], chance: object) -> None:
    pairs = list(weights.items())
    chance.shuffle(pairs)  # type: ignore[attr-defined]
    assert to_shares(pairs) == to_shares(weights.items())


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=30), st.integers(1, 60))
def test_only_proportions_count(weights: list[int], power: int) -> None:
    small = [(f"{n:02}", float(weight)) for n, weight in enumerate(weights)]
    large = [(work, weight * 2.0**power) for work, weight in small]
    assert to_shares(small) == to_shares(large)


def test_thirds_sum_to_one() -> None:
    assert to_shares([("a", 1.0), ("b", 1.0), ("c", 1.0)]) == {
        "a": 333_333_334,
        "b": 333_333_333,
        "c": 333_333_333,
    }


def test_no_weight_is_no_share() -> None:
    assert to_shares([]) == {}
    assert to_shares([("a", 0.0)]) == {}
    assert to_shares([("a", 0.0), ("b", 1e-300)]) == {"b": WHOLE}


@pytest.mark.parametrize("weight", [math.nan, math.inf, -1.0])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(BadWeight):
        to_shares([("a", 1.0), ("b", weight)])


def test_a_work_counts_once() -> None:
    with pytest.raises(BadWeight, match="at most once"):
        to_shares([("a", 1.0), ("a", 2.0)])
