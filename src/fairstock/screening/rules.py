"""Observations and a policy in, a verdict out; nothing else decides about an upload."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fairstock.screening.model import Observation, Outcome, Reason, ReasonCode, Verdict
from fairstock.screening.policy import STRENGTH, Policy, Proof, Rule
from fairstock.screening.ports import FileRefusal


def decide(observations: Iterable[Observation], policy: Policy) -> Verdict:
    """The verdict: for each observation the first rule that fits speaks; the strongest outcome wins.

    A rule that names what makes it milder speaks with the mildest outcome that the other observations of the
    upload allow. Neither order nor repetition matters: reasons are sorted by strength, then by the policy's
    order.
    """
    found = list(observations)
    order = {rule.name: position for position, rule in enumerate(policy.rules)}
    reasons = [reason for seen in found if (reason := _reason(seen, found, policy.rules)) is not None]
    reasons.sort(key=lambda reason: (-STRENGTH[reason.outcome], order[reason.rule], reason.sentence))
    outcome = reasons[0].outcome if reasons else Outcome.ACCEPT
    return Verdict(outcome, tuple(reasons), policy.version)


GATE = "gate"
"""Version of the policy by which the gate refuses: the limits of ``upload.model``."""


def of_gate(refusal: FileRefusal) -> Verdict:
    """A refusal by the gate as a verdict, which people need to decide about an appeal against it."""
    rule = f"{GATE}: {refusal.code}"
    reason = Reason(ReasonCode.NOT_OPENED, Outcome.REJECT, rule, refusal.sentence, refusal.next_step)
    return Verdict(Outcome.REJECT, (reason,), GATE)


def _reason(seen: Observation, beside: Sequence[Observation], rules: Sequence[Rule]) -> Reason | None:
    rule = next((rule for rule in rules if fits(rule, seen)), None)
    if rule is None or rule.reason is None:
        return None
    outcome = softened(rule, beside)
    if outcome is Outcome.ACCEPT:
        return None
    words = _Words(seen.evidence, value=seen.value)
    return Reason(
        rule.reason,
        outcome,
        rule.name,
        rule.sentence.format_map(words),
        rule.next_step.format_map(words),
    )


def softened(rule: Rule, beside: Iterable[Observation]) -> Outcome:
    """The rule's outcome, or the mildest that what else was seen in the upload allows; proof stays proof."""
    allowed = [
        unless.outcome
        for seen in beside
        for unless in rule.unless
        if seen.kind is unless.observation and _number(seen.evidence, "strength") >= unless.strength
    ]
    return min([rule.outcome, *allowed], key=lambda outcome: STRENGTH[outcome])


def fits(rule: Rule, seen: Observation) -> bool:
    """Whether a rule speaks about an observation; a condition on evidence that is missing is not met."""
    if rule.observation is not seen.kind:
        return False
    evidence = seen.evidence
    return (
        all(evidence.get(name) in allowed for name, allowed in rule.where.items())
        and _within(rule, evidence)
        and (not rule.proofs or any(_within(each, evidence) for each in rule.proofs))
    )


def _within(bounds: Rule | Proof, evidence: Mapping[str, Any]) -> bool:
    return all(_number(evidence, name) >= bound for name, bound in bounds.at_least.items()) and all(
        _number(evidence, name) <= bound for name, bound in bounds.at_most.items()
    )


def _number(evidence: Mapping[str, Any], name: str) -> float:
    """The number, or NaN, which meets no bound, where there is none."""
    value = evidence.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


class _Words(dict[str, Any]):
    """Evidence as words for a sentence; a missing one reads as “unknown” instead of failing a verdict."""

    def __missing__(self, key: str) -> str:
        return "unknown"
