"""Turns what was read and compared into observations, one function for each source."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection

from fairstock.screening import origin, store
from fairstock.screening.copies import observation as copy_observation
from fairstock.screening.marks.read import marks_of
from fairstock.screening.model import Likeness, Observation, ObservationKind, RegistryHit
from fairstock.screening.pixels.model import Sighting
from fairstock.screening.ports import CredentialReport, FileEvidence

OWN = (ObservationKind.HUMAN_ORIGIN, "file")
"""Kind and value of what a picture's own file shows of a human origin."""
HISTORY = (ObservationKind.HUMAN_ORIGIN, "history")
"""Kind and value of what the account's earlier uploads add to that."""


def from_file(file: FileEvidence, credentials: CredentialReport | None) -> list[Observation]:
    """What the file itself shows: marks of generators, content credentials where they were read, traces of a
    camera.
    """
    seen = marks_of(file.texts, file.corner)
    if credentials is not None and credentials.present:
        seen.append(_credentials(credentials))
    human = origin.of_file(file.capture, credentials)
    return [*seen, human] if human else seen


def _credentials(report: CredentialReport) -> Observation:
    evidence = {
        "generated": report.generated,
        "state": str(report.state),
        "generators": list(report.generators),
        "by": ", ".join(report.generators) or "an unnamed program",
        "sentences": list(report.evidence),
    }
    return Observation(ObservationKind.C2PA, str(report.state), evidence, "content-credentials", "1")


def from_pixels(sighting: Sighting) -> Observation:
    """What the pixels look like; written for every picture, the policy decides whether it says anything."""
    evidence = {
        "ai_score": round(sighting.ai_score, 4),
        "tail": round(sighting.tail, 6),
        "suspected": sighting.suspected,
        "where": [[round(edge, 4) for edge in box] for box in sighting.where],
        "model": sighting.model,
        "percent": f"{100 * sighting.tail:.1f}",
    }
    return Observation(ObservationKind.PIXELS, sighting.model, evidence, "forensic-pixels", sighting.model)


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
                **hit.seen,
            },
            "optout-registry",
            "2",
        )
        for hit in hits
    ]


def from_history(
    conn: Connection,
    upload_id: str,
    contributor_id: str,
    seen: Iterable[Observation],
    *,
    also: Collection[str] = (),
) -> list[Observation]:
    """What the contributor's earlier uploads add to an upload's own evidence of a human origin, which is
    among ``seen``. ``also``: those of the contributor whose verdict is not stored yet.
    """
    own = next((each for each in seen if (each.kind, each.value) == OWN), None)
    if own is None:
        return []
    body, taken = str(own.evidence.get("body", "")), str(own.evidence.get("taken", ""))
    neighbours = (
        store.burst_neighbours(conn, upload_id, contributor_id, body, taken, also=also) if body else 0
    )
    added = origin.of_history(own, neighbours, store.verified_works(conn, contributor_id))
    return [added] if added else []
