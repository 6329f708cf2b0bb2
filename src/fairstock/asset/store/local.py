"""SQL on local features of works: kept once a version, found by the words that they share with a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from fairstock.asset.model import LocalFeatures
from fairstock.asset.tables import asset, asset_local
from fairstock.db.shared_words import Sharing, WordIndex

_INDEX = WordIndex(asset_local, "asset_id")


def add_local(conn: Connection, features: Mapping[str, LocalFeatures]) -> None:
    """Keep the local features of works by their ids; what is there of the same version stays."""
    _INDEX.keep(conn, features)


def local_features(conn: Connection, asset_ids: Iterable[str], version: str) -> dict[str, bytes]:
    """Asset id → packed local features, for those that have any of this version."""
    return _INDEX.packed(conn, asset_ids, version)


def local_of(conn: Connection, asset_ids: Iterable[str]) -> dict[str, LocalFeatures]:
    """Asset id → local features with their words, of whatever version, for those that have any."""
    rows = conn.execute(select(asset_local).where(asset_local.c.asset_id.in_(list(asset_ids))))
    return {row.asset_id: LocalFeatures(row.version, bytes(row.features), tuple(row.words)) for row in rows}


def sharing_many(
    conn: Connection, words: Sequence[Sequence[int]], version: str, *, limit: int, least: int
) -> list[list[Sharing]]:
    """For each picture's words the works that share at least ``least`` of them, at most ``limit``, those
    first whose shared words are many and rare; all pictures in one statement.

    Works in any state, with features of this version.
    """
    return _INDEX.sharing(conn, words, version, limit=limit, least=least)


def without_local(conn: Connection, version: str, *, after: str = "", limit: int) -> list[tuple[str, str]]:
    """(id, digest) of the first works behind an id that have no local features of this version, by id."""
    known = select(asset_local.c.asset_id).where(
        asset_local.c.asset_id == asset.c.id, asset_local.c.version == version
    )
    query = select(asset.c.id, asset.c.sha256).where(asset.c.id > after, ~known.exists())
    return [(identity, digest) for identity, digest in conn.execute(query.order_by(asset.c.id).limit(limit))]
