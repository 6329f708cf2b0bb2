"""SQL on what recognises pictures: hashes and feature vectors, and the search for near vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert

from fairstock.asset.model import (
    EMBEDDING_DIMENSIONS,
    AssetKind,
    AssetState,
    Fingerprint,
    Neighbour,
    NewFingerprint,
)
from fairstock.asset.store.local import add_local
from fairstock.asset.tables import asset, asset_fingerprint
from fairstock.db.named import among
from fairstock.db.vectors import asked as asked_vectors
from fairstock.db.vectors import given, search_width
from fairstock.kit.errors import BadInput


class BadEmbedding(BadInput):
    """A vector does not fit the index."""

    def __init__(self, length: int) -> None:
        self.length = length
        super().__init__(f"A feature vector has {EMBEDDING_DIMENSIONS} numbers, this one {length}.")


def add_fingerprint(conn: Connection, new: NewFingerprint) -> None:
    """Store what recognises an asset, replacing an earlier version; raises ``BadEmbedding``."""
    add_fingerprints(conn, [new])


def add_fingerprints(conn: Connection, rows: Sequence[NewFingerprint]) -> None:
    """The same for many."""
    values = [_fingerprint_row(new) for new in sorted(rows, key=lambda new: new.asset_id)]
    if not values:
        return
    statement = insert(asset_fingerprint)
    renewed = {name: statement.excluded[name] for name in values[0] if name != "asset_id"}
    conn.execute(statement.on_conflict_do_update(index_elements=["asset_id"], set_=renewed), values)
    add_local(conn, {new.asset_id: new.local for new in rows if new.local is not None})


def fingerprint_of(conn: Connection, asset_id: str) -> Fingerprint | None:
    """The stored hashes of an asset, or ``None``."""
    return fingerprints(conn, [asset_id]).get(asset_id)


def fingerprints(conn: Connection, asset_ids: Iterable[str]) -> dict[str, Fingerprint]:
    """Asset id → stored hashes, for those that have any."""
    table = asset_fingerprint.c
    query = select(table.asset_id, table.phash, table.phash_mirror).where(among(table.asset_id, asset_ids))
    return {row.asset_id: Fingerprint(row.phash, row.phash_mirror) for row in conn.execute(query)}


def embeddings(
    conn: Connection, asset_ids: Iterable[str], version: str | None = None
) -> dict[str, list[float]]:
    """Asset id → stored feature vector, for those that have one, of one model where it is named."""
    table = asset_fingerprint.c
    query = select(table.asset_id, table.embedding).where(among(table.asset_id, asset_ids))
    if version is not None:
        query = query.where(table.embedding_version == version)
    rows = conn.execute(query.where(table.embedding.is_not(None)))
    return {identity: vector for identity, vector in rows}  # noqa: C416  # rows are no pairs


def nearest(
    conn: Connection,
    embedding: Sequence[float],
    *,
    limit: int,
    kind: AssetKind | None = None,
    live_only: bool = False,
    version: str | None = None,
) -> list[Neighbour]:
    """The ``limit`` assets whose vectors are closest to ``embedding``, closest first; in any state unless
    ``live_only``.

    ``version`` keeps to vectors of one model. Approximate: found through an HNSW index, which goes on
    searching until the filters are met. Raises ``BadEmbedding``.
    """
    search_width(conn, limit)
    far = asset_fingerprint.c.embedding.cosine_distance(_checked(embedding))
    query = select(asset_fingerprint.c.asset_id, (1 - far).label("similarity")).join(asset)
    if kind is not None:
        query = query.where(asset.c.kind == kind.value)
    if live_only:
        query = query.where(asset.c.state == AssetState.live.value)
    if version is not None:
        query = query.where(asset_fingerprint.c.embedding_version == version)
    query = query.where(asset_fingerprint.c.embedding.is_not(None)).order_by(far).limit(limit)
    return [Neighbour(identity, float(similarity)) for identity, similarity in conn.execute(query)]


def nearest_many(
    conn: Connection, embeddings: Sequence[Sequence[float]], *, limit: int, kind: AssetKind, version: str
) -> list[list[Neighbour]]:
    """For each of the vectors what ``nearest`` finds among one kind and version, in one statement."""
    found: list[list[Neighbour]] = [[] for _ in embeddings]
    if not embeddings:
        return found
    search_width(conn, limit)
    asked = given([_checked(vector) for vector in embeddings])
    parameters = {**asked, "kind": kind.value, "version": version, "limit": limit}
    for number, identity, similarity in conn.execute(_NEAREST_MANY, parameters):
        found[number - 1].append(Neighbour(identity, float(similarity)))
    return found


def cosines_many(
    conn: Connection, embeddings: Sequence[Sequence[float]], named: Sequence[Iterable[str]]
) -> list[dict[str, float]]:
    """For each of the vectors the cosine of the vector of each work that is named beside it; works without
    one are missing. Raises ``BadEmbedding``.
    """
    found: list[dict[str, float]] = [{} for _ in embeddings]
    pairs = [(number, identity) for number, row in enumerate(named, 1) for identity in row]
    if not pairs:
        return found
    numbers, ids = (list(column) for column in zip(*pairs, strict=True))
    parameters = {**given([_checked(vector) for vector in embeddings]), "numbers": numbers, "ids": ids}
    for number, identity, similarity in conn.execute(_COSINES_MANY, parameters):
        found[number - 1][identity] = float(similarity)
    return found


def _checked(embedding: Sequence[float]) -> Sequence[float]:
    if len(embedding) != EMBEDDING_DIMENSIONS:
        raise BadEmbedding(len(embedding))
    return embedding


_NEAREST_MANY = text(f"""
    WITH {asked_vectors(EMBEDDING_DIMENSIONS)}
    SELECT asked.number, near.asset_id, 1 - near.distance
    FROM asked
    CROSS JOIN LATERAL (
        SELECT f.asset_id, f.embedding <=> asked.vector AS distance
        FROM asset_fingerprint f JOIN asset a ON a.id = f.asset_id
        WHERE f.embedding IS NOT NULL AND f.embedding_version = :version AND a.kind = :kind
        ORDER BY f.embedding <=> asked.vector
        LIMIT :limit
    ) near
    ORDER BY asked.number, near.distance, near.asset_id
""")  # noqa: S608  # put together from names of the program's own

_COSINES_MANY = text(f"""
    WITH {asked_vectors(EMBEDDING_DIMENSIONS)}
    SELECT asked.number, f.asset_id, 1 - (f.embedding <=> asked.vector)
    FROM asked
    JOIN unnest(CAST(:numbers AS integer[]), CAST(:ids AS text[])) AS named(number, asset_id)
        ON named.number = asked.number
    JOIN asset_fingerprint f ON f.asset_id = named.asset_id
    WHERE f.embedding IS NOT NULL
""")  # noqa: S608  # put together from names of the program's own


def _fingerprint_row(new: NewFingerprint) -> dict[str, Any]:
    """A fingerprint as a row."""
    return {
        "asset_id": new.asset_id,
        "phash": new.fingerprint.phash,
        "phash_mirror": new.fingerprint.phash_mirror,
        "embedding": None if new.embedding is None else _checked(new.embedding),
        "embedding_version": new.embedding_version,
    }
