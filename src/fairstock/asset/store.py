"""All SQL on the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping, select, text, update
from sqlalchemy.dialects.postgresql import insert

from fairstock.asset.model import (
    EMBEDDING_DIMENSIONS,
    Asset,
    AssetKind,
    AssetState,
    Fingerprint,
    HashMatch,
    Neighbour,
    NewAsset,
    NewFingerprint,
)
from fairstock.asset.tables import asset, asset_fingerprint
from fairstock.kit.errors import BadInput, NotFound
from fairstock.kit.ids import checked_digest, derived_id


class AssetNotFound(NotFound):
    """No asset has this id."""

    def __init__(self, asset_id: str) -> None:
        self.asset_id = asset_id
        super().__init__(
            f"There is no asset {asset_id!r}.", remedy="check the id; search shows those that exist"
        )


class BadEmbedding(BadInput):
    """A vector does not fit the index."""

    def __init__(self, length: int) -> None:
        self.length = length
        super().__init__(f"A feature vector has {EMBEDDING_DIMENSIONS} numbers, this one {length}.")


def id_of(contributor_id: str | None, sha256: str) -> str:
    """The id of the picture with this digest of this contributor (``None``: the house's own)."""
    return derived_id("ast", contributor_id or "house", checked_digest(sha256))


def add(conn: Connection, new: NewAsset) -> str:
    """Add a picture and return its id; a no-op where the contributor has the same bytes in the catalogue
    already.
    """
    return add_many(conn, [new])[0]


def add_many(conn: Connection, rows: Sequence[NewAsset]) -> list[str]:
    """Add many in one go and return their ids in the same order; those that exist keep their data."""
    ids = [id_of(new.contributor_id, new.sha256) for new in rows]
    values: list[dict[str, Any]] = [
        {
            **asdict(new),
            "id": identity,
            "keywords": list(new.keywords),
            "kind": new.kind.value,
            "state": (AssetState.private if new.private_to else AssetState.live).value,
        }
        for identity, new in sorted(zip(ids, rows, strict=True), key=lambda pair: pair[0])
    ]
    if values:
        conn.execute(insert(asset).on_conflict_do_nothing(), values)
    return ids


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


def get(conn: Connection, asset_id: str) -> Asset:
    """The asset of this id in whatever state; raises ``AssetNotFound``."""
    found = many(conn, [asset_id])
    if not found:
        raise AssetNotFound(asset_id)
    return found[0]


def many(conn: Connection, asset_ids: Iterable[str]) -> list[Asset]:
    """Those of the ids that exist, in the order of the ids given."""
    wanted = list(asset_ids)
    rows = conn.execute(select(asset).where(asset.c.id.in_(wanted))).mappings()
    found = {row["id"]: _asset(row) for row in rows}
    return [found[identity] for identity in wanted if identity in found]


def by_sha(conn: Connection, sha256: str) -> list[Asset]:
    """Every asset with exactly these bytes, oldest first."""
    query = select(asset).where(asset.c.sha256 == sha256).order_by(asset.c.created_at, asset.c.id)
    return [_asset(row) for row in conn.execute(query).mappings()]


def ids_by_sha(conn: Connection, digests: Iterable[str]) -> dict[str, list[str]]:
    """Digest → ids of the assets with these bytes, for those that exist."""
    found: dict[str, list[str]] = {}
    query = select(asset.c.sha256, asset.c.id).where(asset.c.sha256.in_(list(digests))).order_by(asset.c.id)
    for sha256, identity in conn.execute(query):
        found.setdefault(sha256, []).append(identity)
    return found


def of_contributor(conn: Connection, contributor_id: str) -> list[Asset]:
    """Every asset of a contributor, newest first."""
    query = select(asset).where(asset.c.contributor_id == contributor_id)
    return [
        _asset(row) for row in conn.execute(query.order_by(asset.c.created_at.desc(), asset.c.id)).mappings()
    ]


def of_kind(conn: Connection, kind: AssetKind, limit: int = 500) -> list[Asset]:
    """The ``limit`` oldest live assets of a kind, oldest first."""
    query = select(asset).where(asset.c.kind == kind.value, asset.c.state == AssetState.live.value)
    rows = conn.execute(query.order_by(asset.c.created_at, asset.c.id).limit(limit)).mappings()
    return [_asset(row) for row in rows]


def fingerprint_of(conn: Connection, asset_id: str) -> Fingerprint | None:
    """The stored hashes of an asset, or ``None``."""
    table = asset_fingerprint.c
    row = conn.execute(
        select(table.phash, table.phash_mirror).where(table.asset_id == asset_id)
    ).one_or_none()
    return None if row is None else Fingerprint(*row)


def embeddings(conn: Connection, asset_ids: Iterable[str]) -> dict[str, list[float]]:
    """Asset id → stored feature vector, for those that have one."""
    table = asset_fingerprint.c
    query = select(table.asset_id, table.embedding).where(table.asset_id.in_(list(asset_ids)))
    rows = conn.execute(query.where(table.embedding.is_not(None)))
    return {identity: [float(number) for number in vector] for identity, vector in rows}


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
    if len(embedding) != EMBEDDING_DIMENSIONS:
        raise BadEmbedding(len(embedding))
    conn.execute(_SEARCH_WIDTH, {"width": str(min(1000, max(100, 2 * limit)))})
    far = asset_fingerprint.c.embedding.cosine_distance([float(number) for number in embedding])
    query = select(asset_fingerprint.c.asset_id, (1 - far).label("similarity")).join(asset)
    if kind is not None:
        query = query.where(asset.c.kind == kind.value)
    if live_only:
        query = query.where(asset.c.state == AssetState.live.value)
    if version is not None:
        query = query.where(asset_fingerprint.c.embedding_version == version)
    query = query.where(asset_fingerprint.c.embedding.is_not(None)).order_by(far).limit(limit)
    return [Neighbour(identity, float(similarity)) for identity, similarity in conn.execute(query)]


def within(conn: Connection, phash: int, radius: int) -> list[HashMatch]:
    """Assets in any state whose pHash, or that of their mirror image, differs from ``phash`` in at most
    ``radius`` bits.

    Closest first; an asset appears once, as ``mirrored`` where its mirror image is strictly closer.
    """
    rows = conn.execute(_WITHIN, {"phash": phash, "radius": radius})
    return [HashMatch(identity, min(direct, mirror), mirror < direct) for identity, direct, mirror in rows]


def withdraw(conn: Connection, asset_id: str, state: AssetState = AssetState.withdrawn) -> None:
    """Take an asset out of search and sale (``withdrawn`` or ``taken_down``); raises ``AssetNotFound``."""
    changed = conn.execute(update(asset).where(asset.c.id == asset_id).values(state=state.value))
    if changed.rowcount == 0:
        raise AssetNotFound(asset_id)


_SEARCH_WIDTH = text(
    "SELECT set_config('hnsw.ef_search', :width, true), "
    "set_config('hnsw.iterative_scan', 'strict_order', true)"
)

_WITHIN = text("""
    SELECT asset_id, direct, mirror
    FROM asset_fingerprint,
        bit_count((phash # CAST(:phash AS bigint))::bit(64)) AS direct,
        bit_count((phash_mirror # CAST(:phash AS bigint))::bit(64)) AS mirror
    WHERE least(direct, mirror) <= :radius
    ORDER BY least(direct, mirror), asset_id
""")


def _fingerprint_row(new: NewFingerprint) -> dict[str, Any]:
    """A fingerprint as a row."""
    vector = None if new.embedding is None else [float(number) for number in new.embedding]
    if vector is not None and len(vector) != EMBEDDING_DIMENSIONS:
        raise BadEmbedding(len(vector))
    return {
        "asset_id": new.asset_id,
        "phash": new.fingerprint.phash,
        "phash_mirror": new.fingerprint.phash_mirror,
        "embedding": vector,
        "embedding_version": new.embedding_version,
    }


def _asset(row: RowMapping) -> Asset:
    """A row as a value."""
    values = {**row, "kind": AssetKind(row["kind"]), "state": AssetState(row["state"])}
    return Asset(**{**values, "keywords": tuple(row["keywords"])})
