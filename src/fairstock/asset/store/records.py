"""SQL on the catalogue's records: who has which picture, and in what state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from fairstock.asset.model import Asset, AssetKind, AssetState, NewAsset
from fairstock.asset.tables import asset
from fairstock.db.named import among
from fairstock.kit.errors import NotFound
from fairstock.kit.ids import checked_digest, derived_id


class AssetNotFound(NotFound):
    """No asset has this id."""

    def __init__(self, asset_id: str) -> None:
        self.asset_id = asset_id
        super().__init__(
            f"There is no asset {asset_id!r}.", remedy="check the id; search shows those that exist"
        )


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
        for row in values:
            row["known_since"] = row.pop("created_at")
        created = func.coalesce(bindparam("known_since", type_=asset.c.created_at.type), func.now())
        conn.execute(insert(asset).values(created_at=created).on_conflict_do_nothing(), values)
    return ids


def as_added(new: NewAsset, at: datetime) -> Asset:
    """The asset that ``add`` makes of it at a moment, for whoever must know it before it is stored."""
    values = {field.name: getattr(new, field.name) for field in fields(new)}
    state = AssetState.private if new.private_to else AssetState.live
    identity = id_of(new.contributor_id, new.sha256)
    return Asset(**{**values, "id": identity, "state": state, "created_at": new.created_at or at})


def get(conn: Connection, asset_id: str) -> Asset:
    """The asset of this id in whatever state; raises ``AssetNotFound``."""
    found = many(conn, [asset_id])
    if not found:
        raise AssetNotFound(asset_id)
    return found[0]


def many(conn: Connection, asset_ids: Iterable[str]) -> list[Asset]:
    """Those of the ids that exist, in the order of the ids given."""
    wanted = list(asset_ids)
    rows = conn.execute(select(asset).where(among(asset.c.id, wanted))).mappings()
    found = {row["id"]: _asset(row) for row in rows}
    return [found[identity] for identity in wanted if identity in found]


def by_sha(conn: Connection, sha256: str) -> list[Asset]:
    """Every asset with exactly these bytes, oldest first."""
    query = select(asset).where(asset.c.sha256 == sha256).order_by(asset.c.created_at, asset.c.id)
    return [_asset(row) for row in conn.execute(query).mappings()]


def ids_by_sha(conn: Connection, digests: Iterable[str]) -> dict[str, list[str]]:
    """Digest → ids of the assets with these bytes, for those that exist."""
    found: dict[str, list[str]] = {}
    query = select(asset.c.sha256, asset.c.id).where(among(asset.c.sha256, digests)).order_by(asset.c.id)
    for sha256, identity in conn.execute(query):
        found.setdefault(sha256, []).append(identity)
    return found


def now(conn: Connection) -> datetime:
    """The database's time, by which works are dated."""
    moment: datetime = conn.execute(select(func.now())).scalar_one()
    return moment


def added_since(conn: Connection, moment: datetime) -> list[str]:
    """Ids of the assets of transactions that began after a moment."""
    return list(conn.scalars(select(asset.c.id).where(asset.c.created_at >= moment).order_by(asset.c.id)))


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


def withdraw(conn: Connection, asset_id: str, state: AssetState = AssetState.withdrawn) -> None:
    """Take an asset out of search and sale (``withdrawn`` or ``taken_down``); raises ``AssetNotFound``."""
    changed = conn.execute(update(asset).where(asset.c.id == asset_id).values(state=state.value))
    if changed.rowcount == 0:
        raise AssetNotFound(asset_id)


def restore(conn: Connection, asset_ids: Iterable[str]) -> None:
    """Put assets that were withdrawn or taken down on sale again; a no-op for any other."""
    gone = (AssetState.withdrawn.value, AssetState.taken_down.value)
    where = (asset.c.id.in_(list(asset_ids)), asset.c.state.in_(gone))
    conn.execute(update(asset).where(*where).values(state=AssetState.live.value))


def _asset(row: RowMapping) -> Asset:
    """A row as a value."""
    values = {**row, "kind": AssetKind(row["kind"]), "state": AssetState(row["state"])}
    return Asset(**{**values, "keywords": tuple(row["keywords"])})
