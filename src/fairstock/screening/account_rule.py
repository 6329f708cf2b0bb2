"""Learns the account test from calibration accounts, and keeps it in a small file that people can read.

Two bounds stand one behind the other, since each rests on something else:

- Ville's inequality: at most ``alpha`` of honest accounts are ever flagged, for any number of pictures and
  looks, if honest styles vary as the fitted model says;
- by counting: paths of the human calibration accounts, each judged by a model that was fitted without it, and
  the threshold raised until at most ``alpha`` of them reach it. The file tells how many accounts that
  rests on and the exact upper bound (Clopper-Pearson, 95 %), which with few accounts is far above ``alpha``.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from fairstock.kit.errors import BadInput
from fairstock.kit.rates import upper_bound
from fairstock.screening.accounts import AccountRule, Floats, Styles, evidence, surprises

SHIPPED = Path(__file__).parent / "account_rules"
"""A rule for each pixel model, ``plain.toml`` and ``tower.toml``, and ``none.toml``, which flags nobody."""
LENGTH = 30
"""Pictures of a calibration path, drawn with replacement from those of one account."""
DRAWS = 40
"""Paths drawn from each account."""
_LEAST_SPREAD = 0.15
"""Styles are never thought to vary less than this (standard deviation over mean), however few accounts."""


class BadAccountRule(BadInput):
    """The file with the account test cannot be used, or there is too little to learn one from."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"There is no usable test of accounts: {problem}.",
            remedy="run `fairstock screening calibrate` with pictures of several people",
        )


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A rule with what it rests on."""

    rule: AccountRule
    accounts: int
    """Human calibration accounts."""
    flagged: float
    """How many of them the rule flags, each judged without itself; parts where only some paths are."""
    upper: float
    """Exact upper bound (95 %) of the share of such accounts that are flagged."""
    found: float
    """Share of machine-run calibration accounts' paths that are flagged; in-sample."""

    @property
    def in_force(self) -> bool:
        """Whether it was learnt from accounts at all; a rule that was not accuses nobody."""
        return self.accounts > 0


@cache
def calibrated(model: str) -> Calibrated:
    """The rule that travels with the package for pixels judged by ``model``, a version such as
    ``pixels-6.563ec6d2-plain``; one that flags nobody where none was calibrated for it.
    """
    path = SHIPPED / f"{model.rpartition('-')[2]}.toml"
    found = load(path) if path.is_file() else None
    return found if found and found.rule.model == model else load(SHIPPED / "none.toml")


def learn(
    human: Sequence[Sequence[float]],
    machine: Sequence[Sequence[float]],
    *,
    version: str,
    model: str,
    alpha: float = 0.01,
    seed: int = 0,
) -> Calibrated:
    """Fit the test to the p-values of human and machine-run accounts or sources, one sequence each.

    The same accounts and seed give the same rule. Raises BadAccountRule below two accounts of either kind.
    """
    honest, made = _checked(human, "human"), _checked(machine, "machine-run")
    made_styles = fit(made)
    rule = _rule(honest, made_styles, version, model, alpha)
    tops = [
        _tops(one, replace(rule, human=left.human, machine=left.machine), seed + number)
        for number, one in enumerate(honest)
        for left in [_rule([*honest[:number], *honest[number + 1 :]], made_styles, version, model, alpha)]
    ]
    every = np.sort(np.concatenate(tops))
    allowed = math.floor(alpha * len(every))
    highest = float(np.nextafter(every[len(every) - 1 - allowed], np.inf))
    rule = replace(rule, threshold=max(rule.threshold, highest))
    flagged = sum(float((each >= rule.threshold).mean()) for each in tops)
    found = [float((_tops(one, rule, seed - 1 - n) >= rule.threshold).mean()) for n, one in enumerate(made)]
    return Calibrated(
        rule, len(honest), flagged, upper_bound(math.ceil(flagged), len(honest)), float(np.mean(found))
    )


def fit(accounts: Sequence[Floats]) -> Styles:
    """The Gamma distribution of styles under which the accounts' values of -log p are most likely.

    ``accounts`` hold -log p, at least one each; every account counts the same, however many pictures it has.
    """
    count = np.array([len(each) for each in accounts], dtype=np.float64)
    total = np.array([each.sum() for each in accounts])

    def unlikely(logs: Floats) -> float:
        a, b = np.exp(logs)
        each = a * np.log(b) - gammaln(a) + gammaln(a + count) - (a + count) * np.log(b + total)
        return -float(each.sum())

    mean = math.log(float(count.sum() / total.sum()))
    found = minimize(unlikely, np.array([1.5, 1.5 - mean]), method="L-BFGS-B", bounds=[(-2.0, 8.0)] * 2)
    shape, rate = np.exp(found.x)
    widest = 1.0 / _LEAST_SPREAD**2
    return (
        Styles(widest, float(rate) * widest / shape) if shape > widest else Styles(float(shape), float(rate))
    )


def _rule(honest: Sequence[Floats], made: Styles, version: str, model: str, alpha: float) -> AccountRule:
    """The rule before its threshold was lifted.

    Machine styles keep their mean and never vary less than human ones: so a picture that looks more
    machine-made always adds to the evidence, however extreme it is.
    """
    human = fit([_no_more_human(each) for each in honest])
    shape = min(made.shape, human.shape)
    machine = Styles(shape, max(shape * made.rate / made.shape, human.rate))
    return AccountRule(version, model, human, machine, alpha, -math.log10(alpha))


def _no_more_human(account: Floats) -> Floats:
    """The account as if its pictures were at least as suspicious as uniform p-values are on average.

    Clip artists' p-values are nearly 1. Fitted as they are, they would make styles seem to vary so much that
    nobody could ever be flagged; lifted, they only make honest people look more suspicious than they are, and
    evidence rises with suspicion, so the bound still holds.
    """
    mean = float(account.mean())
    return account if mean >= 1.0 else np.full_like(account, 1.0)


def _tops(account: Floats, rule: AccountRule, seed: int) -> Floats:
    """The highest evidence on each of ``DRAWS`` paths of ``LENGTH`` pictures drawn from one account."""
    draws = np.random.default_rng(abs(seed) * 2 + (seed < 0)).integers(len(account), size=(DRAWS, LENGTH))
    return np.array([float(evidence(account[each], rule).max()) for each in draws])


def halves(
    human: Mapping[str, Sequence[float]], machine: Mapping[str, Sequence[float]], alpha: float = 0.01
) -> tuple[dict[str, float], dict[str, float]]:
    """By name, the share of an account's paths that a rule flags which was learnt without its half: human
    accounts, then machine-run ones.

    The halves are every other account by name. Raises BadAccountRule as ``learn`` does.
    """
    shares: tuple[dict[str, float], dict[str, float]] = ({}, {})
    names, made = sorted(human), sorted(machine)
    for side in (0, 1):
        seen, unseen = (names[side::2], made[side::2]), (names[1 - side :: 2], made[1 - side :: 2])
        rule = learn(
            [human[name] for name in seen[0]], [machine[name] for name in seen[1]],
            version="half", model="", alpha=alpha, seed=side,
        ).rule  # fmt: skip
        judged = [(shares[0], name, human[name]) for name in unseen[0]]
        judged += [(shares[1], name, machine[name]) for name in unseen[1]]
        for number, (share, name, tails) in enumerate(judged):
            share[name] = float((_tops(surprises(tails), rule, number) >= rule.threshold).mean())
    return shares


def _checked(accounts: Sequence[Sequence[float]], kind: str) -> list[Floats]:
    found = [surprises(each) for each in accounts if len(each)]
    if len(found) < 2:
        raise BadAccountRule(f"only {len(found)} {kind} account(s) with pictures to learn from")
    return found


def load(path: Path) -> Calibrated:
    """Read a rule. Raises BadAccountRule."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        rule = AccountRule(
            str(table["version"]),
            str(table["model"]),
            Styles(**table["human"]),
            Styles(**table["machine"]),
            float(table["alpha"]),
            float(table["threshold"]),
        )
        counts = {name: table["calibration"][name] for name in ("accounts", "flagged", "upper", "found")}
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise BadAccountRule(f"{path} does not say what it should ({error})") from error
    if not 0 < rule.alpha < 1 or rule.threshold < -math.log10(rule.alpha) - 1e-9:
        raise BadAccountRule(f"the threshold in {path} is below what alpha asks for")
    return Calibrated(rule, **counts)


def as_toml(calibrated: Calibrated, comment: str = "") -> str:
    """The file of a rule; ``comment`` says where it came from."""
    rule = calibrated.rule

    def styles(name: str, each: Styles) -> list[str]:
        return [f"[{name}]", f"shape = {each.shape:.6g}", f"rate = {each.rate:.6g}", ""]

    lines = [
        "# The sequential test over an account's pictures; what the numbers mean: screening/accounts.py.",
        *[f"# {line}" for line in comment.splitlines()],
        f'version = "{rule.version}"',
        f'model = "{rule.model}"',
        f"alpha = {rule.alpha}",
        f"threshold = {math.ceil(rule.threshold * 1e4) / 1e4}",
        "",
        *styles("human", rule.human),
        *styles("machine", rule.machine),
        "[calibration]",
        f"accounts = {calibrated.accounts}",
        f"flagged = {calibrated.flagged:.4g}",
        f"upper = {calibrated.upper:.4g}",
        f"found = {calibrated.found:.4g}",
    ]
    return "\n".join(lines) + "\n"
