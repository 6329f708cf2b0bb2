"""A look at files that were uploaded, with what comes with them; no transaction is open meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fairstock.bootstrap import App
from fairstock.db.transaction import Connection
from fairstock.party import store as parties
from fairstock.party.model import Party
from fairstock.process import give_back
from fairstock.screening import local, observe
from fairstock.screening import store as screening
from fairstock.screening.examine import LOOKED, Examined, Words, threads
from fairstock.screening.model import Observation, ObservationKind
from fairstock.upload.look import keep_traits, traits_of
from fairstock.upload.model import Inspection, Traits, Upload
from flows._own_output import own_watermarks


@dataclass(frozen=True, slots=True)
class Look:
    """What one upload showed."""

    upload: Upload
    inspection: Inspection
    traits: Traits | None
    """None where the gate could not open it."""
    observations: tuple[Observation, ...]


def look(app: App, waiting: Sequence[Upload]) -> list[Look]:
    """Look at stored uploads with every detector, in order; what the database must tell is read in short
    transactions between.
    """
    with app.transaction() as conn:
        people = parties.many(conn, {upload.contributor_id for upload in waiting})
    files = [app.objects.get(upload.sha256) for upload in waiting]
    words = [words_about(upload, people[upload.contributor_id]) for upload in waiting]
    examined, traits = seen(app, [upload.id for upload in waiting], files, words)
    marked = own_watermarks(app, examined)
    give_back()
    return [
        Look(upload, each.file, mine, (*each.observations, *marks))
        for upload, each, mine, marks in zip(waiting, examined, traits, marked, strict=True)
    ]


def seen(
    app: App, upload_ids: Sequence[str], files: Sequence[bytes], words: Sequence[Words]
) -> tuple[list[Examined[Inspection]], list[Traits | None]]:
    """All looks that need no database, and the traits that are kept of each file, both in order."""
    examined: list[Examined[Inspection]] = []

    def coming() -> Iterator[Examined[Inspection]]:
        for each in app.examiner.examining(files, words):
            examined.append(each)
            yield each

    def kept(upload_id: str, each: Examined[Inspection]) -> Traits | None:
        parts = local.look_at_one(each.file.picture) if each.file.picture is not None else None
        return traits_of(upload_id, each.file, each.vector, app.features.version, parts)

    # Traits of the first pictures are taken while the later ones are still looked at.
    return examined, list(threads().map(kept, upload_ids, coming()))


def replaced(seen: Observation) -> bool:
    """Whether a new look would see this again, so that it replaces it; what was compared with the catalogue,
    the registry and the account, and files that were sent as evidence, are not among that.
    """
    mine = seen.kind in LOOKED or seen.kind is ObservationKind.OWN_WATERMARK
    return mine or (seen.kind, seen.value) in {observe.OWN, observe.HISTORY}


def note(conn: Connection, looks: Sequence[Look]) -> None:
    """Keep what the looks showed."""
    keep_traits(conn, [(each.upload, each.inspection, each.traits) for each in looks])
    for each in looks:
        screening.add_observations(conn, each.upload.id, each.observations)


def words_about(upload: Upload, contributor: Party) -> Words:
    """What the contributor says about an upload."""
    return Words(
        fields={
            "title": [upload.title],
            "keywords": upload.keywords,
            "description": [upload.claim.get("description", "")],
        },
        own_names=(contributor.handle, contributor.name),
        release=upload.claim.get("model_release", ""),
    )
