"""Money: exact, of one currency, split without a bias. The bugs named here were seen in real programmes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairstock.kit.money import (
    LARGEST_MICROS,
    CurrencyMismatch,
    Money,
    NegativeWeight,
    NothingToSplit,
    NotMoney,
    split,
)

MICROS = st.integers(-(10**15), 10**15)
WEIGHTS = st.dictionaries(st.text(max_size=6), st.integers(0, 10**12), min_size=1, max_size=40).filter(
    lambda weights: any(weights.values())
)


def usd(micros: int) -> Money:
    return Money(micros, "USD")


@given(MICROS, WEIGHTS)
def test_parts_sum_to_the_total(total: int, weights: dict[str, int]) -> None:
    parts = split(usd(total), weights)
    assert sum(part.micros for part in parts.values()) == total
    assert set(parts) == set(weights)


@given(MICROS, WEIGHTS)
def test_no_part_is_off_by_a_whole_micro_unit(total: int, weights: dict[str, int]) -> None:
    whole = sum(weights.values())
    for key, part in split(usd(total), weights).items():
        assert abs(Fraction(total * weights[key], whole) - part.micros) < 1


@given(MICROS, WEIGHTS)
def test_a_share_of_zero_gets_nothing(total: int, weights: dict[str, int]) -> None:
    """Seen elsewhere: a party without a share received a cent."""
    parts = split(usd(total), weights)
    assert all(not parts[key] for key, weight in weights.items() if weight == 0)


@given(MICROS, WEIGHTS, st.randoms())
def test_the_order_of_the_list_is_without_effect(total: int, weights: dict[str, int], random: object) -> None:
    """Seen elsewhere: the first in the list got every odd cent."""
    items = list(weights.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert split(usd(total), dict(items)) == split(usd(total), weights)


@given(MICROS, WEIGHTS)
def test_a_negative_total_mirrors_the_positive_one(total: int, weights: dict[str, int]) -> None:
    mirrored = {key: -part for key, part in split(usd(total), weights).items()}
    assert split(usd(-total), weights) == mirrored


@given(st.integers(0, 10**15), WEIGHTS, st.integers(0, 10**6))
def test_more_money_means_nobody_loses_more_than_a_micro_unit(
    total: int, weights: dict[str, int], more: int
) -> None:
    """Largest remainder may move one micro-unit when the total grows (the Alabama paradox), never more."""
    before, after = split(usd(total), weights), split(usd(total + more), weights)
    assert all(after[key].micros >= before[key].micros - 1 for key in weights)


def test_thirds_do_not_drift() -> None:
    """Seen elsewhere: 33 + 33 + 33 = 99."""
    assert split(usd(100), {"a": 1, "b": 1, "c": 1}) == {"a": usd(34), "b": usd(33), "c": usd(33)}


def test_the_odd_unit_goes_where_most_was_cut() -> None:
    """a: 0.1 → 0, b: 0.9 → 1: the later one gets it, since more was cut from it."""
    assert split(usd(1), {"a": 1, "b": 9}) == {"a": usd(0), "b": usd(1)}


def test_ties_go_by_key_and_not_by_place() -> None:
    assert split(usd(1), {"z": 1, "a": 1}) == {"a": usd(1), "z": usd(0)}


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": 0, "b": 0}])
def test_nothing_to_split(weights: dict[str, int]) -> None:
    with pytest.raises(NothingToSplit, match=r"USD 5\.00 cannot be divided"):
        split(usd(5_000_000), weights)


def test_a_negative_share_is_refused() -> None:
    with pytest.raises(NegativeWeight, match="share of b is -1"):
        split(usd(1), {"a": 2, "b": -1})


@given(MICROS)
def test_whole_cents_and_the_rest_are_the_amount(micros: int) -> None:
    cents, rest = usd(micros).whole_cents()
    assert cents + rest == usd(micros)
    assert cents.micros % 10_000 == 0
    assert abs(rest) < usd(10_000)
    assert cents.micros * micros >= 0
    assert rest.micros * micros >= 0


@pytest.mark.parametrize("currency", ["JPY", "KRW"])
@given(micros=MICROS)
def test_currencies_without_cents_are_paid_in_whole_units(currency: str, micros: int) -> None:
    units, rest = Money(micros, currency).whole_cents()
    assert units + rest == Money(micros, currency)
    assert units.micros % 1_000_000 == 0
    assert abs(rest) < Money(1_000_000, currency)
    assert rest.micros * micros >= 0


@given(st.integers(-LARGEST_MICROS, LARGEST_MICROS))
def test_text_and_back(micros: int) -> None:
    currency, digits = str(Money(micros, "EUR")).split(" ")
    assert Money.parse(digits, currency) == Money(micros, "EUR")


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (12_345_678, "USD 12.345678"),
        (12_500_000, "USD 12.50"),
        (0, "USD 0.00"),
        (-16_000, "USD -0.016"),
        (1, "USD 0.000001"),
    ],
)
def test_how_it_is_written(micros: int, text: str) -> None:
    assert str(usd(micros)) == text


@pytest.mark.parametrize(
    "text", ["", "1,50", "1.", ".5", "1e3", "NaN", "inf", "0.0000001", "1 000", "--1", "+1", "١", "1" * 20]
)
def test_what_is_not_money(text: str) -> None:
    with pytest.raises(NotMoney, match="not an amount of money"):
        Money.parse(text, "USD")


@pytest.mark.parametrize("currency", ["", "usd", "US", "USDT", "U$D"])
def test_what_is_not_a_currency(currency: str) -> None:
    with pytest.raises(NotMoney):
        Money(1, currency)


@pytest.mark.parametrize("micros", [1.5, True, "1", None, LARGEST_MICROS + 1])
def test_amounts_are_whole_and_fit_the_database(micros: object) -> None:
    with pytest.raises(NotMoney):
        Money(micros, "USD")  # type: ignore[arg-type]


def test_currencies_do_not_mix() -> None:
    euro = Money(1, "EUR")
    for mix in (lambda: usd(1) + euro, lambda: usd(1) - euro, lambda: usd(1) < euro, lambda: usd(1) >= euro):
        with pytest.raises(CurrencyMismatch, match=r"USD and EUR|EUR and USD"):
            mix()
    assert usd(1) != euro


@given(MICROS, MICROS)
def test_arithmetic_is_that_of_integers(left: int, right: int) -> None:
    assert (usd(left) + usd(right)).micros == left + right
    assert (usd(left) - usd(right)).micros == left - right
    assert (-usd(left)).micros == -left
    assert abs(usd(left)).micros == abs(left)
    assert (usd(left) < usd(right)) == (left < right)
    assert (usd(left) >= usd(right)) == (left >= right)
    assert bool(usd(left)) == bool(left)
    assert (usd(left) * 3).micros == left * 3
