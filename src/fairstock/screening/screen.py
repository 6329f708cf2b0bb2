"""Reports on one file without a catalogue, for ``fairstock screen PATH --json``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fairstock.screening.model import Observation, ObservationKind
from fairstock.screening.observe import from_file
from fairstock.screening.policy import Policy, shipped
from fairstock.screening.ports import CredentialReport, FileEvidence, FileRefusal
from fairstock.screening.rules import decide

_SIGN = 0.9
"""Score of a sign that is typical of a generator but no proof."""
_HOLDS = ("trusted", "valid", "expired")
"""States of content credentials whose signature holds."""


@dataclass(frozen=True, slots=True)
class Report:
    """The screening of one file without a catalogue, as the command line prints it."""

    sha256: str
    outcome: str
    """accept, review, reject, or ``refused`` where the gate could not open the file."""
    reasons: Sequence[str]
    sentences: Sequence[str]
    observations: Sequence[Observation]
    ai_score: float | None
    """How likely a machine made it, 0 … 1; None where nothing could be said."""
    policy_version: str


def screen(
    file: FileEvidence,
    *,
    refusal: FileRefusal | None = None,
    credentials: CredentialReport | None = None,
) -> Report:
    """The report on what the file itself carries alone: marks, credentials, traces of a camera."""
    return report(file.sha256, from_file(file, credentials), refusal)


def report(
    sha256: str,
    observations: Iterable[Observation],
    refusal: FileRefusal | None = None,
    policy: Policy | None = None,
) -> Report:
    """The report on a file in which ``observations`` were seen, and what the policy makes of them.

    A refused file is reported as such, with the marks that could still be read from it.
    """
    policy, seen = policy or shipped(), list(observations)
    verdict = decide(seen, policy)
    reasons, sentences = verdict.codes, [reason.sentence for reason in verdict.reasons]
    outcome = str(verdict.outcome)
    if refusal is not None:
        outcome, reasons, sentences = "refused", [str(refusal.code), *reasons], [refusal.sentence, *sentences]
    return Report(sha256, outcome, reasons, sentences, seen, ai_score(seen), policy.version)


def ai_score(seen: Iterable[Observation]) -> float | None:
    """How likely a machine made the file, 0 … 1: 1.0 on proof, else what its pixels say; None where nothing
    says anything.
    """
    score: float | None = None
    for each in seen:
        if _proves(each):
            return 1.0
        if each.kind is ObservationKind.GENERATOR_MARK:
            score = max(score or 0.0, _SIGN)
        if each.kind is ObservationKind.PIXELS:
            score = max(score or 0.0, float(each.evidence["ai_score"]))
    return score


def _proves(seen: Observation) -> bool:
    if seen.kind is ObservationKind.C2PA:
        return bool(seen.evidence["generated"]) and seen.evidence["state"] in _HOLDS
    return seen.kind is ObservationKind.GENERATOR_MARK and bool(seen.evidence["proof"])
