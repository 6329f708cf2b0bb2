"""All SQL on the opt-out registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, RowMapping, any_, literal, select, text
from sqlalchemy.dialects.postgresql import insert

from fairstock.db.near_hashes import HashIndex
from fairstock.kit.errors import BadInput
from fairstock.kit.ids import checked_digest, derived_id
from fairstock.optout.model import Candidate, Looks, NameUse, NewOptOut, OptedOutName, OptOut, Use
from fairstock.optout.tables import optout_entry, optout_name, optout_picture

PHASH_RADIUS = 4
"""Bits of 64 in which a re-encoded or resized picture may differ from its entry."""
_INDEX = HashIndex("optout_entry", "id")


class NothingOptedOut(BadInput):
    """An entry names no picture or no use."""

    def __init__(self) -> None:
        super().__init__(
            "An opt-out needs a file's digest or a perceptual hash, and at least one use.",
            remedy="name the work by its file, and say whether sale or training is refused",
        )


def add(conn: Connection, new: NewOptOut) -> str:
    """Add an entry and return its id; the same entry again is a no-op. Raises NothingOptedOut and
    BadDigest.
    """
    if (new.sha256 is None and new.phash is None) or not new.uses:
        raise NothingOptedOut
    digest = None if new.sha256 is None else checked_digest(new.sha256)
    uses = sorted(use.value for use in new.uses)
    identity = derived_id("opt", digest or "", str(new.phash), *uses, new.since.isoformat())
    values = {"id": identity, "sha256": digest, "phash": new.phash, "uses": uses, "since": new.since}
    conn.execute(insert(optout_entry).values(**values, evidence=new.evidence).on_conflict_do_nothing())
    if new.looks is not None:
        add_looks(conn, {identity: new.looks})
    return identity


def add_looks(conn: Connection, looks: Mapping[str, Looks]) -> None:
    """Store what the pictures of entries look like; what another model sees replaces what one saw before."""
    rows = [{"entry_id": entry_id, **asdict(each)} for entry_id, each in sorted(looks.items())]
    if not rows:
        return
    query = insert(optout_picture)
    fresh = {name: query.excluded[name] for name in ("embedding", "embedding_version", "sketch")}
    older = optout_picture.c.embedding_version != query.excluded.embedding_version
    conn.execute(query.on_conflict_do_update(index_elements=["entry_id"], set_=fresh, where=older), rows)


def without_looks(conn: Connection, version: str, *, use: Use = Use.SALE) -> dict[str, str]:
    """Entry id → digest of the file, where no features of ``version`` are known of it."""
    entry, picture = optout_entry, optout_picture
    known = select(picture.c.entry_id).where(
        picture.c.entry_id == entry.c.id, picture.c.embedding_version == version
    )
    refused = literal(use.value) == any_(entry.c.uses)
    query = select(entry.c.id, entry.c.sha256).where(entry.c.sha256.is_not(None), refused, ~known.exists())
    return {identity: str(digest) for identity, digest in conn.execute(query)}


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
        conn.execute(_SEARCH_WIDTH, {"width": str(min(1000, max(100, 2 * limit)))})
        asked = [str([float(number) for number in vector]) for vector in embeddings]
        parameters = {"asked": asked, "version": version, "use": use.value, "limit": limit}
        for row in conn.execute(_NEAR, parameters).mappings():
            if row["cosine"] >= least:
                found[row["number"] - 1].append(_candidate(row))
    return found


def match(
    conn: Connection,
    sha256: str,
    phash: int | None = None,
    phash_mirror: int | None = None,
    *,
    use: Use = Use.SALE,
    radius: int = PHASH_RADIUS,
) -> list[OptOut]:
    """Entries that refuse ``use`` of a picture: those of its exact bytes first, then the closest to the
    eye. Raises RadiusTooLarge.
    """
    hashes = [each for each in (phash, phash_mirror) if each is not None]
    near: dict[str, int] = {}
    for _, entry_id, distance in _INDEX.alike(conn, hashes, radius):
        near[entry_id] = min(distance, near.get(entry_id, distance))
    table = optout_entry
    refused = literal(use.value) == any_(table.c.uses)
    rows = conn.execute(select(table).where(refused, (table.c.sha256 == sha256) | table.c.id.in_(near)))
    found = [_optout(row, sha256, near) for row in rows.mappings()]
    return sorted(found, key=lambda each: (not each.exact, each.distance, each.id))


def digests(conn: Connection, use: Use) -> frozenset[str]:
    """Digests of the files whose ``use`` is refused; entries known by sight alone are not among them."""
    table = optout_entry.c
    refused = literal(use.value) == any_(table.uses)
    return frozenset(conn.scalars(select(table.sha256).where(table.sha256.is_not(None), refused)))


def add_name(conn: Connection, *, name: str, use: NameUse, since: datetime, evidence: str) -> str:
    """Add a name that prompts may not use and return the entry's id; a no-op where name and use are known."""
    identity = derived_id("opn", name.casefold(), use.value)
    row = {"id": identity, "name": name, "use": use.value, "since": since, "evidence": evidence}
    conn.execute(insert(optout_name).values(row).on_conflict_do_nothing())
    return identity


def names(conn: Connection) -> list[OptedOutName]:
    """All names that prompts may not use, by name and use."""
    table = optout_name.c
    query = select(table.name, table.use, table.since, table.evidence).order_by(table.name, table.use)
    return [OptedOutName(row.name, NameUse(row.use), row.since, row.evidence) for row in conn.execute(query)]


_SEARCH_WIDTH = text(
    "SELECT set_config('hnsw.ef_search', :width, true), "
    "set_config('hnsw.iterative_scan', 'strict_order', true)"
)
_NEAR = text("""
    SELECT asked.number, near.*
    FROM unnest(CAST(:asked AS vector[])) WITH ORDINALITY AS asked(vector, number)
    CROSS JOIN LATERAL (
        SELECT e.id, e.since, e.evidence, p.width, p.height, p.embedding_version, p.sketch,
               1 - (p.embedding <=> asked.vector) AS cosine
        FROM optout_picture p JOIN optout_entry e ON e.id = p.entry_id
        WHERE p.embedding_version = :version AND :use = ANY (e.uses)
        ORDER BY p.embedding <=> asked.vector
        LIMIT :limit
    ) near
    ORDER BY asked.number, near.cosine DESC, near.id
""")


def _candidate(row: RowMapping) -> Candidate:
    looks = Looks(row["width"], row["height"], (), row["embedding_version"], bytes(row["sketch"]))
    return Candidate(row["id"], row["since"], row["evidence"], looks, float(row["cosine"]))


def _optout(row: RowMapping, sha256: str, near: Mapping[str, int]) -> OptOut:
    exact = row["sha256"] == sha256
    return OptOut(
        id=row["id"],
        sha256=row["sha256"],
        phash=row["phash"],
        uses=frozenset(Use(use) for use in row["uses"]),
        since=row["since"],
        evidence=row["evidence"],
        exact=exact,
        distance=0 if exact else near[row["id"]],
    )
