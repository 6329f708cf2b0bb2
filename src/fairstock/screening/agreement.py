"""How often the machine, the first reviewer and the second reviewer agree, with exact intervals.

What people turned down is counted per rule, so that a rule which troubles honest contributors shows. A
rejection by the machine is looked at by people only on appeal, so its row says nothing about rejections that
nobody appealed; nor do reviewers decide unaware of what the machine said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fairstock.kit.rates import interval
from fairstock.screening.model import Outcome


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision by a person beside what was said before it."""

    machine: Outcome
    """The machine's verdict beside which it stands."""
    rules: tuple[str, ...]
    """Names of the policy's rules that spoke."""
    person: Outcome
    """accept or reject."""
    before: Outcome | None
    """What the person before had decided, where it is a second decision on appeal."""
    appeal: bool


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with what is known of the rate behind it."""

    label: str
    k: int
    n: int
    low: float
    """Lower end of the exact interval (Clopper-Pearson, 95 %)."""
    high: float
    """Upper end."""

    @property
    def rate(self) -> float | None:
        """k of n; None where nothing was counted."""
        return self.k / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Agreement:
    """The statistics."""

    overall: Sequence[Share]
    by_rule: Sequence[Share]
    """For each rule: of the uploads that it sent to people first, how many they turned down."""


def agreement(decided: Iterable[Decided]) -> Agreement:
    """Count decisions; shares without a single one are left out."""
    every = list(decided)
    first = [each for each in every if not each.appeal]
    appeals = [each for each in every if each.appeal]
    by_machine = [each for each in appeals if each.before is None]
    by_people = [each for each in appeals if each.before is not None]
    overall = [
        _share("The machine asked for review: turned down", _sent(first, Outcome.REVIEW), _down),
        _share("The machine asked for evidence: turned down", _sent(first, Outcome.REQUEST), _down),
        _share("The machine had proof (on re-screening): turned down", _sent(first, Outcome.REJECT), _down),
        _share("The machine would accept (on re-screening): accepted", _sent(first, Outcome.ACCEPT), _up),
        _share("Appeals against the machine: its rejection stood", by_machine, _down),
        _share("Appeals against a reviewer: the second agreed with the first", by_people, _same),
    ]
    rules = sorted({rule for each in first for rule in each.rules})
    by_rule = [_share(rule, [each for each in first if rule in each.rules], _down) for rule in rules]
    return Agreement([each for each in overall if each.n], by_rule)


def _sent(decided: Sequence[Decided], machine: Outcome) -> list[Decided]:
    return [each for each in decided if each.machine is machine]


def _down(each: Decided) -> bool:
    return each.person is Outcome.REJECT


def _up(each: Decided) -> bool:
    return each.person is Outcome.ACCEPT


def _same(each: Decided) -> bool:
    return each.person is each.before


def _share(label: str, among: Sequence[Decided], counts: Callable[[Decided], bool]) -> Share:
    k, n = sum(counts(each) for each in among), len(among)
    return Share(label, k, n, *interval(k, n))
