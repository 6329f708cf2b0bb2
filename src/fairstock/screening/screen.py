"""Screens one file without a catalogue, for ``fairstock screen PATH --json``."""

from __future__ import annotations

from fairstock.screening.model import Report
from fairstock.screening.observe import from_file
from fairstock.screening.policy import Policy, shipped
from fairstock.screening.ports import CredentialReport, FileEvidence, FileRefusal
from fairstock.screening.rules import decide


def screen(
    file: FileEvidence,
    *,
    refusal: FileRefusal | None = None,
    credentials: CredentialReport | None = None,
    policy: Policy | None = None,
) -> Report:
    """The report on one file: what its own content shows, and what the policy makes of that.

    A refused file is reported as such, with the marks that could still be read from it.
    """
    policy = policy or shipped()
    seen = from_file(file, credentials)
    verdict = decide(seen, policy)
    reasons, sentences = verdict.codes, [reason.sentence for reason in verdict.reasons]
    outcome = str(verdict.outcome)
    if refusal is not None:
        outcome, reasons, sentences = "refused", [str(refusal.code), *reasons], [refusal.sentence, *sentences]
    return Report(file.sha256, outcome, reasons, sentences, seen, policy.version)
