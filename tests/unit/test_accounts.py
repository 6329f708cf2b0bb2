"""The test over an account: rarely wrong about people, however often one looks and whatever their style."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairstock.kit.rates import upper_bound
from fairstock.screening.account_rule import (
    SHIPPED,
    BadAccountRule,
    as_toml,
    calibrated,
    halves,
    learn,
    load,
)
from fairstock.screening.accounts import STRIDE, AccountRule, BadTail, Styles, walk
from fairstock.screening.pixels import files
from fairstock.settings import PACKAGE_DATA

RULE = AccountRule("test", "", Styles(8.0, 8.0), Styles(4.0, 20.0), 0.01, 2.0)
tails = st.lists(st.floats(1e-9, 1.0), max_size=90)


def account(rng: np.random.Generator, style: float, pictures: int) -> list[float]:
    """P-values of one account: -log p is exponential with the rate ``style``."""
    return [float(max(math.exp(-each), 1e-9)) for each in rng.exponential(1 / style, pictures)]


def people(seed: int, count: int, pictures: int, styles: Styles = RULE.human) -> list[list[float]]:
    """Accounts whose styles vary as ``styles`` says."""
    rng = np.random.default_rng(seed)
    return [account(rng, rng.gamma(styles.shape, 1 / styles.rate), pictures) for _ in range(count)]


def test_honest_accounts_are_hardly_ever_flagged_although_every_picture_is_a_look() -> None:
    """Ville's bound by simulation: at most 1 % of 1,500 accounts, looked at 120 times each."""
    flagged = sum(walk(each, RULE).flagged for each in people(3, 1500, 120))
    assert flagged <= 15


def test_machine_run_accounts_are_flagged_within_thirty_pictures() -> None:
    found = [walk(each, RULE) for each in people(4, 300, 30, Styles(30.0, 200.0))]
    assert sum(each.flagged for each in found) >= 280


def test_diligence_does_not_convict_an_unusual_painter() -> None:
    """P-values that are small in every one of 2,000 pictures: a plain product of bets would reach 10^100."""
    rng = np.random.default_rng(5)
    path = walk(account(rng, 0.6, 2000), RULE)
    assert not path.flagged
    assert path.highest < 2


def test_an_account_that_is_taken_over_is_found() -> None:
    rng = np.random.default_rng(6)
    path = walk([*account(rng, 1.0, 100), *account(rng, 0.12, 80)], RULE)
    assert path.flagged_at is not None
    assert 100 < path.flagged_at <= 180


@given(tails, st.integers(0, 90))
def test_a_path_never_changes_behind_itself(given: list[float], cut: int) -> None:
    assert walk(given, RULE).values[:cut] == pytest.approx(walk(given[:cut], RULE).values)


@given(st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=STRIDE), st.randoms())
def test_the_order_of_an_accounts_pictures_does_not_matter_to_the_end(
    given: list[float], chooser: object
) -> None:
    shuffled = sorted(given, key=lambda _: chooser.random())  # type: ignore[attr-defined]
    assert walk(shuffled, RULE).values[-1] == pytest.approx(walk(given, RULE).values[-1])


@settings(max_examples=60)
@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=60), st.integers(0, 59), st.floats(0.01, 1.0))
def test_a_more_machine_like_picture_never_speaks_for_the_account(
    given: list[float], place: int, factor: float
) -> None:
    place %= len(given)
    worse = [value * factor if n == place else value for n, value in enumerate(given)]
    before, after = walk(given, RULE).values, walk(worse, RULE).values
    assert all(late >= early - 1e-9 for early, late in zip(before, after, strict=True))


def test_each_clearing_asks_for_twice_the_evidence() -> None:
    path = walk(people(4, 1, 30, Styles(30.0, 200.0))[0], RULE, cleared=3)
    assert path.threshold == pytest.approx(2 + 3 * math.log10(2))


@pytest.mark.parametrize("value", [0.0, -0.1, 1.5, math.nan, math.inf])
def test_what_is_no_p_value_is_refused(value: float) -> None:
    with pytest.raises(BadTail):
        walk([0.5, value], RULE)


def test_no_pictures_say_nothing() -> None:
    path = walk([], RULE)
    assert (path.values, path.flagged_at, path.highest) == ((), None, 0.0)


def test_a_rule_is_learnt_and_its_bound_by_counting_holds(tmp_path: Path) -> None:
    human, made = people(7, 40, 20), people(8, 12, 20, Styles(30.0, 200.0))
    found = learn(human, made, version="v", model="m")
    assert learn(human, made, version="v", model="m") == found
    assert (found.accounts, found.rule.alpha) == (40, 0.01)
    assert found.flagged <= 0.4
    assert found.upper == upper_bound(math.ceil(found.flagged), 40)
    assert found.found >= 0.9
    fresh = people(9, 400, 60)
    assert sum(walk(each, found.rule).flagged for each in fresh) <= 8
    path = tmp_path / "accounts.toml"
    path.write_text(as_toml(found, "made by a test"), encoding="utf-8")
    assert load(path).rule.threshold == pytest.approx(found.rule.threshold, abs=1e-3)


def test_one_human_account_like_machines_lifts_the_threshold() -> None:
    human, made = people(7, 40, 20), people(8, 12, 20, Styles(30.0, 200.0))
    found = learn([*human, made[0]], made[1:], version="v", model="m")
    assert found.rule.threshold > 2
    assert found.flagged <= 0.41


def test_the_exact_bound() -> None:
    """0 of n: 1 - 0.05^(1/n); all of n: nothing is known."""
    assert upper_bound(0, 59) == pytest.approx(1 - 0.05 ** (1 / 59))
    assert upper_bound(5, 5) == 1.0


BROKEN = {
    "no toml": "version = ",
    "no styles": "version = 'x'\nmodel = ''\nalpha = 0.01\nthreshold = 2.0\n",
    "too low": (SHIPPED / "none.toml")
    .read_text(encoding="utf-8")
    .replace("threshold = ", "threshold = 0.0 # ", 1),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_mistake_in_the_file_is_a_clear_error(tmp_path: Path, case: str) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(BROKEN[case], encoding="utf-8")
    with pytest.raises(BadAccountRule, match="calibrate"):
        load(path)


def test_too_few_accounts_teach_nothing() -> None:
    with pytest.raises(BadAccountRule, match="human"):
        learn([[0.5]], [[0.1], [0.1]], version="v", model="m")


@pytest.mark.parametrize("name", ["plain", "tower"])
def test_the_shipped_rules_hold_what_they_say(name: str) -> None:
    model = files.load(PACKAGE_DATA / "pixels", name).version
    found = calibrated(model)
    assert found.in_force
    assert found.rule.model == model
    assert found.rule.machine.shape <= found.rule.human.shape
    assert found.rule.machine.rate >= found.rule.human.rate
    assert found.flagged <= found.rule.alpha * found.accounts
    assert found.upper == pytest.approx(upper_bound(math.ceil(found.flagged), found.accounts), abs=1e-4)
    assert not walk([0.5] * 200, found.rule).flagged


def test_pixels_without_a_calibrated_rule_flag_nobody() -> None:
    assert not calibrated("pixels-1-plain").in_force
    assert not calibrated("").in_force


def test_halves_are_judged_by_rules_that_never_saw_them() -> None:
    human = {f"h{n:02}": each for n, each in enumerate(people(7, 30, 20))}
    made = {f"m{n:02}": each for n, each in enumerate(people(8, 12, 20, Styles(30.0, 200.0)))}
    honest, machines = halves(human, made)
    assert (honest.keys(), machines.keys()) == (human.keys(), made.keys())
    assert np.mean([*honest.values()]) <= 0.03
    assert np.mean([*machines.values()]) >= 0.9


def enumerate_names(accounts: list[list[float]]) -> list[tuple[str, list[float]]]:
    return [(f"x{number:02}", each) for number, each in enumerate(accounts)]


def test_accounts_of_one_name_and_both_kinds_are_told_apart() -> None:
    human = dict(enumerate_names(people(7, 12, 20)))
    made = dict(enumerate_names(people(8, 12, 20, Styles(30.0, 200.0))))
    honest, machines = halves(human, made)
    assert np.mean([*honest.values()]) < np.mean([*machines.values()])
