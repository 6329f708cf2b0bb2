"""All SQL on uploads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from fairstock.asset.model import LocalFeatures
from fairstock.db.named import among
from fairstock.kit.errors import NotFound
from fairstock.kit.ids import derived_id
from fairstock.upload.model import Refusal, RefusalCode, Traits, Upload, UploadState
from fairstock.upload.tables import upload, upload_traits


class UploadNotFound(NotFound):
    """No upload has this id."""

    def __init__(self, upload_id: str) -> None:
        self.upload_id = upload_id
        super().__init__(
            f"There is no upload {upload_id!r}.", remedy="check the id in the contributor's list"
        )


UNDECIDED = (UploadState.RECEIVED, UploadState.REVIEW, UploadState.EVIDENCE_WANTED)
"""States in which an upload waits: for the machine, for a person, or for its contributor."""


def id_of(contributor_id: str, batch: str, filename: str, sha256: str) -> str:
    """The id of one file in one batch of one contributor."""
    return derived_id("upl", contributor_id, batch, filename, sha256)


def add(conn: Connection, uploads: Sequence[tuple[int, Upload]]) -> None:
    """Store new uploads with their position in the batch; those that exist keep everything."""
    rows = [_row(position, each) for position, each in sorted(uploads, key=lambda pair: pair[1].id)]
    if rows:
        conn.execute(insert(upload).on_conflict_do_nothing(), rows)


def get(conn: Connection, upload_id: str) -> Upload:
    """The upload of this id; raises UploadNotFound."""
    found = many(conn, [upload_id])
    if not found:
        raise UploadNotFound(upload_id)
    return found[0]


def many(conn: Connection, upload_ids: Iterable[str]) -> list[Upload]:
    """Those of the ids that exist, in the order of the ids given."""
    wanted = list(upload_ids)
    found = {each.id: each for each in _uploads(conn, select(upload).where(upload.c.id.in_(wanted)))}
    return [found[identity] for identity in wanted if identity in found]


def of_contributor(
    conn: Connection,
    contributor_id: str,
    states: Iterable[UploadState] | None = None,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> list[Upload]:
    """What a contributor sent, newest first: all of it, or what stands at one of the states."""
    query = select(upload).where(upload.c.contributor_id == contributor_id)
    if states is not None:
        query = query.where(upload.c.state.in_([state.value for state in states]))
    query = query.order_by(upload.c.received_at.desc(), upload.c.position, upload.c.id)
    return _uploads(conn, query.limit(limit).offset(offset))


def tally(conn: Connection, contributor_id: str) -> dict[UploadState, int]:
    """How many of a contributor's uploads stand at each state; states without any are missing."""
    query = select(upload.c.state, func.count()).where(upload.c.contributor_id == contributor_id)
    return {UploadState(state): count for state, count in conn.execute(query.group_by(upload.c.state))}


def at(conn: Connection, state: UploadState) -> list[str]:
    """Ids of all uploads that stand at a state, in order of arrival."""
    query = select(upload.c.id).where(upload.c.state == state.value)
    return list(conn.scalars(query.order_by(upload.c.received_at, upload.c.position, upload.c.id)))


def arrivals(conn: Connection, contributor_id: str) -> list[tuple[str, str]]:
    """Everything that a contributor sent and the gate let in, as (id, digest), in order of arrival."""
    return arrivals_of(conn, [contributor_id])[contributor_id]


def arrivals_of(conn: Connection, contributor_ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """The same of several contributors, by their ids."""
    found: dict[str, list[tuple[str, str]]] = {each: [] for each in contributor_ids}
    query = select(upload.c.contributor_id, upload.c.id, upload.c.sha256).where(
        upload.c.contributor_id.in_(found), upload.c.state != UploadState.REFUSED.value
    )
    rows = conn.execute(query.order_by(upload.c.received_at, upload.c.position, upload.c.id))
    for contributor_id, identity, digest in rows:
        found[contributor_id].append((identity, digest))
    return found


def screened(conn: Connection) -> list[str]:
    """Ids of all uploads that were decided about or wait for people, in order of arrival."""
    states = (UploadState.ACCEPTED, UploadState.REJECTED, UploadState.REVIEW, UploadState.EVIDENCE_WANTED)
    query = select(upload.c.id).where(upload.c.state.in_([state.value for state in states]))
    return list(conn.scalars(query.order_by(upload.c.received_at, upload.c.position, upload.c.id)))


def received(conn: Connection, upload_ids: Iterable[str]) -> list[Upload]:
    """Those of the ids that still wait for a verdict, locked, in their order of judging."""
    return _waiting(conn, list(upload_ids), lock=True)


def waiting(conn: Connection, upload_ids: Iterable[str]) -> list[Upload]:
    """The same without a lock: for looking at them, not for deciding."""
    return _waiting(conn, list(upload_ids), lock=False)


def _waiting(conn: Connection, wanted: list[str], *, lock: bool) -> list[Upload]:
    query = select(upload).where(upload.c.id.in_(wanted), upload.c.state == UploadState.RECEIVED.value)
    place = {identity: position for position, identity in enumerate(wanted)}
    rows = _uploads(conn, query.with_for_update() if lock else query)
    return sorted(rows, key=lambda each: place[each.id])


def unseen(conn: Connection, upload_ids: Iterable[str]) -> list[Upload]:
    """Those of the ids that wait and were not looked at yet, in the order of the ids given."""
    known = set(
        conn.scalars(select(upload_traits.c.upload_id).where(upload_traits.c.upload_id.in_(list(upload_ids))))
    )
    return [each for each in received(conn, upload_ids) if each.id not in known]


def refuse(conn: Connection, upload_id: str, refusal: Refusal) -> None:
    """The gate could not let a received upload in; no-op for any other state."""
    _leave(
        conn,
        upload_id,
        UploadState.RECEIVED,
        {"state": UploadState.REFUSED.value, "refusal": asdict(refusal)},
    )


def mark(
    conn: Connection, upload_id: str, state: UploadState, *, after: UploadState = UploadState.RECEIVED
) -> bool:
    """Move an upload that stands at ``after`` to any state but ``accepted``; False where it stands
    elsewhere.
    """
    return _leave(conn, upload_id, after, {"state": state.value})


def send_back(conn: Connection, upload_id: str, *, after: UploadState) -> bool:
    """Let an upload that the gate had refused wait for it again; False where it does not stand at
    ``after``.
    """
    values = {"state": UploadState.RECEIVED.value, "refusal": None}
    return _leave(conn, upload_id, after, values)


def mark_many(conn: Connection, upload_ids: Iterable[str], state: UploadState) -> None:
    """Move those of the uploads that wait for a verdict to any state but ``accepted``."""
    where = upload.c.id.in_(list(upload_ids)), upload.c.state == UploadState.RECEIVED.value
    conn.execute(update(upload).where(*where).values(state=state.value))


def mark_published(conn: Connection, asset_ids: Mapping[str, str]) -> None:
    """Move ``UNDECIDED`` uploads to ``accepted``, each with its asset; others stay."""
    undecided = or_(*(upload.c.state == state.value for state in UNDECIDED))
    query = update(upload).where(upload.c.id == bindparam("published"), undecided)
    rows = [{"published": each, "as_asset": asset_id} for each, asset_id in sorted(asset_ids.items())]
    if rows:
        values = {"state": UploadState.ACCEPTED.value, "asset_id": bindparam("as_asset")}
        conn.execute(query.values(**values), rows)


def _leave(conn: Connection, upload_id: str, state: UploadState, values: dict[str, Any]) -> bool:
    where = (upload.c.id == upload_id, upload.c.state == state.value)
    return conn.execute(update(upload).where(*where).values(**values)).rowcount == 1


def add_traits(conn: Connection, rows: Sequence[Traits]) -> None:
    """Store what was learned of pictures; those that are known stay."""
    values = [_traits_row(each) for each in sorted(rows, key=lambda each: each.upload_id)]
    if values:
        conn.execute(insert(upload_traits).on_conflict_do_nothing(), values)


def traits(conn: Connection, upload_ids: Iterable[str]) -> dict[str, Traits]:
    """Upload id → what was learned of its picture, for those that were looked at."""
    query = select(upload_traits).where(among(upload_traits.c.upload_id, upload_ids))
    return {row["upload_id"]: _traits(row) for row in conn.execute(query).mappings()}


def sketches(conn: Connection, digests: Iterable[str]) -> dict[str, bytes]:
    """Digest → sketch, for files that were uploaded and looked at."""
    query = select(upload.c.sha256, upload_traits.c.sketch).join_from(upload, upload_traits)
    rows = conn.execute(query.where(among(upload.c.sha256, digests)))
    return {digest: bytes(sketch) for digest, sketch in rows}


def _uploads(conn: Connection, query: Select[Any]) -> list[Upload]:
    return [_upload(row) for row in conn.execute(query).mappings()]


def _row(position: int, each: Upload) -> dict[str, Any]:
    values = asdict(each)
    values["bytes"] = values.pop("size")
    return {**values, "position": position, "keywords": list(each.keywords), "state": each.state.value}


def _upload(row: RowMapping) -> Upload:
    refusal = row["refusal"]
    return Upload(
        id=row["id"],
        contributor_id=row["contributor_id"],
        batch=row["batch"],
        filename=row["filename"],
        sha256=row["sha256"],
        size=row["bytes"],
        title=row["title"],
        keywords=tuple(row["keywords"]),
        claim=row["claim"],
        received_at=row["received_at"],
        state=UploadState(row["state"]),
        asset_id=row["asset_id"],
        refusal=refusal and Refusal(RefusalCode(refusal["code"]), refusal["sentence"], refusal["next_step"]),
    )


_PLAIN = [field.name for field in fields(Traits) if field.name != "local"]
"""Traits that are columns as they are."""


def _traits_row(each: Traits) -> dict[str, Any]:
    local = each.local
    return {
        **{name: getattr(each, name) for name in _PLAIN},  # asdict would copy 1,280 numbers one by one
        "local_version": local and local.version,
        "local_features": local and local.packed,
        "local_words": local and list(local.words),
    }


def _traits(row: RowMapping) -> Traits:
    values = {name: row[name] for name in _PLAIN}
    local = None
    if row["local_version"] is not None:
        local = LocalFeatures(row["local_version"], bytes(row["local_features"]), tuple(row["local_words"]))
    return Traits(**{**values, "sketch": bytes(row["sketch"]), "local": local})
