"""Use case: make a model release and everything that went into it known to the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput, Inconsistent
from fairstock.party import store as parties
from fairstock.party.model import NewParty, PartyKind, Role
from fairstock.party.rules import handle_of
from fairstock.training import store
from fairstock.training.model import ManifestEntry, Release, ReleaseInfo, ReleaseState

HOUSE_MODEL = "fairstock house model"
"""What the house's own releases are called in files."""


class ManifestIncomplete(BadInput):
    """A release and its manifest do not belong together."""

    def __init__(self, info: ReleaseInfo, found: int) -> None:
        super().__init__(
            f"The release {info.release_id} says that it was trained on {info.trained_on} works,"
            f" its manifest names {found}.",
            remedy="take release and manifest from the same export",
        )


class ReleaseChanged(Inconsistent):
    """A release id is registered with another manifest."""

    def __init__(self, release_id: str) -> None:
        super().__init__(
            f"The release {release_id} is registered with another manifest.",
            remedy="give the new export a release id of its own",
        )


def register_release(
    conn: Connection,
    info: ReleaseInfo,
    entries: Sequence[ManifestEntry],
    clock: Clock,
    *,
    name: str = HOUSE_MODEL,
) -> Release:
    """The registered release, with its contributors and the links to the works in the catalogue.

    Contributors who are not known yet are added under the handle of their name. Calling it again adds
    nothing, but links works that came into the catalogue since. Raises ``ManifestIncomplete`` and
    ``ReleaseChanged``.
    """
    if len({entry.sha256 for entry in entries}) != info.trained_on:
        raise ManifestIncomplete(info, len(entries))
    release = store.add_release(conn, _release(info, name, clock))
    if release.manifest_sha256 != info.manifest_sha256:
        raise ReleaseChanged(info.release_id)
    handles = {name: handle_of(name) for name in {entry.contributor for entry in entries}}
    ids = _contributors(conn, handles)
    known = assets.ids_by_sha(conn, {entry.sha256 for entry in entries})
    rows = []
    for entry in sorted(entries, key=lambda entry: entry.sha256):
        contributor_id = ids[handles[entry.contributor]]
        own = assets.id_of(contributor_id, entry.sha256)
        rows.append(
            {
                "release_id": info.release_id,
                "work_sha256": entry.sha256,
                "contributor_id": contributor_id,
                "title": entry.title,
                "cluster": entry.cluster,
                "asset_id": own if own in known.get(entry.sha256, ()) else None,
                "published_at": datetime.fromisoformat(entry.published) if entry.published else None,
            }
        )
    store.add_entries(conn, rows)
    return release


def known_release(conn: Connection, release_id: str, clock: Clock) -> Release:
    """The release, registered by name alone where nobody registered it: a model from elsewhere has no
    manifest.
    """
    found = store.find(conn, release_id)
    if found is not None:
        return found
    bare = Release(release_id, release_id, None, None, 0, clock.now(), ReleaseState.active, {})
    return store.add_release(conn, bare)


def _contributors(conn: Connection, handles: dict[str, str]) -> dict[str, str]:
    """Handle → id of every contributor, those added here included."""
    ids = parties.ids_by_handle(conn, handles.values())
    roles = frozenset({Role.contributor})
    missing = {
        handle: NewParty(handle, name, PartyKind.contributor, roles)
        for name, handle in handles.items()
        if handle not in ids
    }
    return ids | parties.add_parties(conn, list(missing.values()))


def _release(info: ReleaseInfo, name: str, clock: Clock) -> Release:
    created = datetime.fromisoformat(info.created) if info.created else clock.now()
    return Release(
        id=info.release_id,
        name=name,
        manifest_sha256=info.manifest_sha256,
        seed=info.seed,
        works=info.trained_on,
        created_at=created if created.tzinfo else created.replace(tzinfo=UTC),
        state=ReleaseState.active,
        details={"steps": info.steps, "samples": info.samples, "parameters": info.parameters},
    )
