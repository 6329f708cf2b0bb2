"""All SQL of the training context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert

from fairstock.kit.errors import NotFound
from fairstock.party import store as parties
from fairstock.training.model import LicensedWork, ManifestRow, Release, ReleaseState
from fairstock.training.tables import model_release, training_manifest_entry


class ReleaseNotFound(NotFound):
    """No release has this id."""

    def __init__(self, release_id: str) -> None:
        super().__init__(f"There is no model release {release_id!r}.", remedy="register the release first")


def add_release(conn: Connection, release: Release) -> Release:
    """Register a release and return what is registered under its id.

    One that was known by name only is filled in; otherwise what is there stays.
    """
    values = {name: getattr(release, name) for name in Release.__slots__}
    values |= {"state": release.state.value, "details": dict(release.details)}
    statement = insert(model_release).values(values)
    renewed = {name: statement.excluded[name] for name in values if name != "id"}
    empty = model_release.c.manifest_sha256.is_(None) & statement.excluded.manifest_sha256.is_not(None)
    conn.execute(statement.on_conflict_do_update(index_elements=["id"], set_=renewed, where=empty))
    return get(conn, release.id)


def find(conn: Connection, release_id: str) -> Release | None:
    """The release, or None."""
    row = conn.execute(select(model_release).where(model_release.c.id == release_id)).mappings().one_or_none()
    return None if row is None else _release(row)


def get(conn: Connection, release_id: str) -> Release:
    """The release; raises ``ReleaseNotFound``."""
    found = find(conn, release_id)
    if found is None:
        raise ReleaseNotFound(release_id)
    return found


def releases(conn: Connection) -> list[Release]:
    """Every release, newest first."""
    query = select(model_release).order_by(model_release.c.created_at.desc(), model_release.c.id)
    return [_release(row) for row in conn.execute(query).mappings()]


def add_entries(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add manifest rows, with a date where they have ``published_at``; those that exist keep everything but
    gain an asset where they had none.
    """
    columns = [column.name for column in training_manifest_entry.columns]
    conn.execute(_ADD_ENTRIES, {name: [row.get(name) for row in rows] for name in columns})


def manifest(conn: Connection, release_id: str) -> list[ManifestRow]:
    """Every work that went into a release, by digest; empty for a release without a manifest."""
    table = training_manifest_entry.c
    query = select(table.work_sha256, table.contributor_id, table.cluster)
    rows = conn.execute(query.where(table.release_id == release_id).order_by(table.work_sha256))
    return [ManifestRow(*row) for row in rows]


def assets_of(conn: Connection, release_id: str) -> dict[str, str]:
    """Digest → asset id of the works of a release that are in the catalogue."""
    table = training_manifest_entry.c
    query = select(table.work_sha256, table.asset_id).where(table.release_id == release_id)
    rows = conn.execute(query.where(table.asset_id.is_not(None)))
    return {row.work_sha256: row.asset_id for row in rows}


def clusters_of(conn: Connection, asset_ids: Iterable[str]) -> dict[str, str]:
    """Asset id → its cluster of near-duplicates, ``release:number``, for those in a manifest.

    Of several releases the newest counts for all assets that it has.
    """
    entry, release = training_manifest_entry.c, model_release.c
    query = (
        select(entry.asset_id, entry.release_id, entry.cluster)
        .join(model_release)
        .where(entry.asset_id.in_(list(asset_ids)))
        .ext(distinct_on(entry.asset_id))
        .order_by(entry.asset_id, release.created_at.desc(), release.id)
    )
    return {asset_id: f"{release_id}:{cluster}" for asset_id, release_id, cluster in conn.execute(query)}


def licensed_works(conn: Connection, *, excluded: frozenset[str] = frozenset()) -> list[LicensedWork]:
    """Works that may be trained on now, by asset id, without the opted-out digests in ``excluded``."""
    rows = conn.execute(_CONSENTED).mappings().all()
    licensed = parties.training_licensed(conn, {row["contributor_id"] for row in rows})
    return [
        LicensedWork(**{**row, "keywords": tuple(row["keywords"])})
        for row in rows
        if row["contributor_id"] in licensed and row["sha256"] not in excluded
    ]


def works_of(conn: Connection, contributor_id: str) -> tuple[int, int]:
    """How many works of a contributor are live, and how many of them came in under a license for training."""
    live, consented = conn.execute(_WORKS_OF, {"contributor_id": contributor_id}).one()
    return int(live), int(consented)


def releases_with(conn: Connection, contributor_id: str) -> list[tuple[Release, int]]:
    """The releases that learnt from works of a contributor, newest first, and from how many."""
    entry = training_manifest_entry.c
    query = (
        select(model_release, func.count().label("theirs"))
        .join(training_manifest_entry)
        .where(entry.contributor_id == contributor_id)
        .group_by(model_release.c.id)
        .order_by(model_release.c.created_at.desc(), model_release.c.id)
    )
    return [(_release(row), row["theirs"]) for row in conn.execute(query).mappings()]


_WORKS_OF = text("""
    SELECT count(*), count(*) FILTER (WHERE training_consent)
    FROM asset
    WHERE contributor_id = :contributor_id AND kind = 'human' AND state = 'live'
""")

_ADD_ENTRIES = text("""
    INSERT INTO training_manifest_entry
        (release_id, work_sha256, contributor_id, title, cluster, asset_id, published_at)
    SELECT * FROM unnest(
        CAST(:release_id AS text[]), CAST(:work_sha256 AS text[]), CAST(:contributor_id AS text[]),
        CAST(:title AS text[]), CAST(:cluster AS integer[]), CAST(:asset_id AS text[]),
        CAST(:published_at AS timestamptz[]))
    ON CONFLICT (release_id, work_sha256) DO UPDATE
    SET asset_id = coalesce(training_manifest_entry.asset_id, excluded.asset_id)
""")
"""Thousands of rows in one statement, ten times as fast as one statement a row."""

_CONSENTED = text("""
    SELECT asset.id AS asset_id, asset.sha256, asset.contributor_id, party.handle, party.name,
        asset.title, asset.keywords, asset.source,
        utc_text(asset.created_at) AS published
    FROM asset JOIN party ON party.id = asset.contributor_id
    WHERE asset.kind = 'human' AND asset.state = 'live' AND asset.training_consent
    ORDER BY asset.id
""")
"""Reads two tables of lower layers in one query: thousands of rows by way of their stores would be thousands
of values built and thrown away.
"""


def _release(row: RowMapping) -> Release:
    values = {name: row[name] for name in Release.__slots__}
    return Release(**{**values, "state": ReleaseState(row["state"])})
