"""Turns what was read and compared into observations, one function for each source."""

from __future__ import annotations

from collections.abc import Iterable

from fairstock.screening.copies import observation as copy_observation
from fairstock.screening.marks.read import marks_of
from fairstock.screening.model import Likeness, Observation, ObservationKind, RegistryHit
from fairstock.screening.ports import CredentialReport, FileEvidence


def from_file(file: FileEvidence, credentials: CredentialReport | None) -> list[Observation]:
    """What the file itself shows: marks of generators, and its content credentials where they were read."""
    seen = marks_of(file.texts, file.corner)
    if credentials is not None and credentials.present:
        seen.append(_credentials(credentials))
    return seen


def _credentials(report: CredentialReport) -> Observation:
    evidence = {
        "generated": report.generated,
        "state": str(report.state),
        "generators": list(report.generators),
        "by": ", ".join(report.generators) or "an unnamed program",
        "sentences": list(report.evidence),
    }
    return Observation(ObservationKind.C2PA, str(report.state), evidence, "content-credentials", "1")


def from_catalogue(likenesses: Iterable[Likeness]) -> list[Observation]:
    """How the picture compares with its nearest works in the catalogue."""
    return [copy_observation(each) for each in likenesses]


def from_registry(hits: Iterable[RegistryHit]) -> list[Observation]:
    """Which entries of the opt-out registry the picture matches."""
    return [
        Observation(
            ObservationKind.OPTOUT,
            hit.entry_id,
            {
                "exact": hit.exact,
                "distance": hit.distance,
                "since": hit.since.date().isoformat(),
                "note": hit.note,
            },
            "optout-registry",
            "1",
        )
        for hit in hits
    ]
