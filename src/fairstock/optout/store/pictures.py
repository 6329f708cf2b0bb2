"""SQL on what the pictures of the registry look like, and the search for those that resemble others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, any_, literal, select, text
from sqlalchemy.dialects.postgresql import insert

from fairstock.asset.model import EMBEDDING_DIMENSIONS, LocalFeatures
from fairstock.db.shared_words import WordIndex
from fairstock.db.vectors import asked as asked_vectors
from fairstock.db.vectors import given, search_width
from fairstock.optout.model import Candidate, Looks, Use
from fairstock.optout.tables import optout_entry, optout_local, optout_picture

_INDEX = WordIndex(optout_local, "entry_id")


def add_looks(conn: Connection, looks: Mapping[str, Looks]) -> None:
    """Store what the pictures of entries look like; what another model sees replaces what one saw before."""
    if not looks:
        return
    names = ("width", "height", "embedding", "embedding_version", "sketch")
    rows = [
        {"entry_id": entry_id, **{name: getattr(each, name) for name in names}}
        for entry_id, each in sorted(looks.items())
    ]
    query = insert(optout_picture)
    fresh = {name: query.excluded[name] for name in ("embedding", "embedding_version", "sketch")}
    older = optout_picture.c.embedding_version != query.excluded.embedding_version
    conn.execute(query.on_conflict_do_update(index_elements=["entry_id"], set_=fresh, where=older), rows)
    add_local(conn, {entry_id: each.local for entry_id, each in looks.items() if each.local is not None})


def add_local(conn: Connection, features: Mapping[str, LocalFeatures]) -> None:
    """Keep the local features of entries' pictures; what is there of the same version stays."""
    _INDEX.keep(conn, features)


def without_looks(conn: Connection, version: str, *, use: Use = Use.SALE) -> dict[str, str]:
    """Entry id → digest of the file, where no features of ``version`` are known of it."""
    return _lacking(conn, optout_picture, optout_picture.c.embedding_version == version, use)


def without_local(conn: Connection, version: str, *, use: Use = Use.SALE) -> dict[str, str]:
    """Entry id → digest of the file, where no local features of ``version`` are known of it."""
    return _lacking(conn, optout_local, optout_local.c.version == version, use)


def _lacking(conn: Connection, table: Table, present: ColumnElement[bool], use: Use) -> dict[str, str]:
    """Entry id → digest of the file, of entries without a row of a table that is of the present version."""
    entry = optout_entry
    known = select(table.c.entry_id).where(table.c.entry_id == entry.c.id, present)
    refused = literal(use.value) == any_(entry.c.uses)
    query = select(entry.c.id, entry.c.sha256).where(entry.c.sha256.is_not(None), refused, ~known.exists())
    return {identity: str(digest) for identity, digest in conn.execute(query)}


def local_features(conn: Connection, entry_ids: Iterable[str], version: str) -> dict[str, bytes]:
    """Entry id → packed local features, for those that have any of this version."""
    return _INDEX.packed(conn, entry_ids, version)


def sharing_many(
    conn: Connection,
    words: Sequence[Sequence[int]],
    version: str,
    *,
    use: Use = Use.SALE,
    limit: int,
    least: int,
) -> list[list[tuple[Candidate, int]]]:
    """For each picture's words the entries that refuse ``use`` whose pictures share at least ``least`` of
    them, with how many, at most ``limit``; their cosine is not known and 0.
    """
    found = _INDEX.sharing(conn, words, version, limit=limit, least=least)
    entry, picture = optout_entry, optout_picture
    names = {each.name for row in found for each in row}
    query = select(entry.c.id, entry.c.since, entry.c.evidence, picture, literal(0.0).label("cosine"))
    rows = conn.execute(
        query.join_from(entry, picture).where(entry.c.id.in_(names), literal(use.value) == any_(entry.c.uses))
    )
    known = {row["id"]: _candidate(row) for row in rows.mappings()} if names else {}
    return [[(known[each.name], each.words) for each in row if each.name in known] for row in found]


def near_many(
    conn: Connection,
    embeddings: Sequence[Sequence[float]],
    version: str,
    *,
    use: Use = Use.SALE,
    limit: int,
    least: float,
) -> list[list[Candidate]]:
    """For each of some feature vectors the entries that refuse ``use`` whose pictures have the nearest
    features, at most ``limit`` and of at least this cosine, nearest first.
    """
    found: list[list[Candidate]] = [[] for _ in embeddings]
    if embeddings:
        search_width(conn, limit)
        parameters = {**given(embeddings), "version": version, "use": use.value, "limit": limit}
        for row in conn.execute(_NEAR, parameters).mappings():
            if row["cosine"] >= least:
                found[row["number"] - 1].append(_candidate(row))
    return found


_NEAR = text(f"""
    WITH {asked_vectors(EMBEDDING_DIMENSIONS)}
    SELECT asked.number, near.*
    FROM asked
    CROSS JOIN LATERAL (
        SELECT e.id, e.since, e.evidence, p.width, p.height, p.embedding_version, p.sketch,
               1 - (p.embedding <=> asked.vector) AS cosine
        FROM optout_picture p JOIN optout_entry e ON e.id = p.entry_id
        WHERE p.embedding_version = :version AND :use = ANY (e.uses)
        ORDER BY p.embedding <=> asked.vector
        LIMIT :limit
    ) near
    ORDER BY asked.number, near.cosine DESC, near.id
""")  # noqa: S608  # put together from names of the program's own


def _candidate(row: RowMapping) -> Candidate:
    looks = Looks(row["width"], row["height"], (), row["embedding_version"], bytes(row["sketch"]))
    return Candidate(row["id"], row["since"], row["evidence"], looks, float(row["cosine"]))
