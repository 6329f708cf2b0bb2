"""SQL on the registry's entries: who refuses what about which picture, and which names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, any_, literal, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.db.near_hashes import HashIndex
from fairstock.kit.errors import BadInput
from fairstock.kit.ids import checked_digest, derived_id
from fairstock.optout.model import NameUse, NewOptOut, OptedOutName, OptOut, RefusedNames, Use
from fairstock.optout.store.pictures import add_looks
from fairstock.optout.tables import optout_entry, optout_name

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
    return match_many(conn, [(sha256, phash, phash_mirror)], use=use, radius=radius)[0]


def match_many(
    conn: Connection,
    pictures: Sequence[tuple[str, int | None, int | None]],
    *,
    use: Use = Use.SALE,
    radius: int = PHASH_RADIUS,
) -> list[list[OptOut]]:
    """The same for each of many pictures, given as digest, hash and hash of the mirror image."""
    asked = [(place, each) for place, (_, *both) in enumerate(pictures) for each in both if each is not None]
    near: list[dict[str, int]] = [{} for _ in pictures]
    for number, entry_id, distance in _INDEX.alike(conn, [phash for _, phash in asked], radius):
        mine = near[asked[number][0]]
        mine[entry_id] = min(distance, mine.get(entry_id, distance))
    table = optout_entry
    digests, names = [sha256 for sha256, *_ in pictures], {name for each in near for name in each}
    refused = literal(use.value) == any_(table.c.uses)
    wanted = select(table).where(refused, table.c.sha256.in_(digests) | table.c.id.in_(names))
    rows = conn.execute(wanted).mappings().all()
    return [
        sorted(
            (_optout(row, sha256, mine) for row in rows if row["sha256"] == sha256 or row["id"] in mine),
            key=lambda each: (not each.exact, each.distance, each.id),
        )
        for (sha256, *_), mine in zip(pictures, near, strict=True)
    ]


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


def refused_names(conn: Connection) -> RefusedNames:
    """The same as moderation asks for them."""
    known = names(conn)
    styles = tuple(each.name for each in known if each.use is NameUse.STYLE)
    return RefusedNames(styles, tuple(each.name for each in known if each.use is NameUse.LIKENESS))


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
