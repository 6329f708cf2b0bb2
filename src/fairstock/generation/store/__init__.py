"""All SQL of the generation context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, null, select, update
from sqlalchemy.dialects.postgresql import insert

from fairstock.generation.model import GeneratedImage, Order, OrderKind, Request, RequestState
from fairstock.generation.tables import generated_image, generation_request
from fairstock.kit.errors import BadInput, NotFound
from fairstock.kit.ids import derived_id


class RequestNotFound(NotFound):
    """No request has this id."""

    def __init__(self, request_id: str) -> None:
        super().__init__(f"There is no generation request {request_id!r}.", remedy="check the id")


class RequestKeyReused(BadInput):
    """A key names another request already."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"The request key {key!r} was used for another buyer, prompt, picture, number or size.",
            remedy="use a new key",
        )


def id_of(key: str) -> str:
    """The id of the request with this key."""
    return derived_id("gen", key)


def add(
    conn: Connection,
    order: Order,
    state: RequestState,
    decision: Mapping[str, Any],
    at: datetime,
    *,
    plan: Mapping[str, Any] | None = None,
) -> Request:
    """Record a request, or find it again: the first decision stands. Raises ``RequestKeyReused``."""
    identity = id_of(order.key)
    row = {
        "id": identity,
        "key": order.key,
        "buyer_id": order.buyer_id,
        "prompt": order.prompt,
        "size": order.size,
        "n": order.n,
        "state": state.value,
        "decision": dict(decision),
        "plan": dict(plan) if plan else null(),
        "created_at": at,
        "finished_at": at if state is RequestState.refused else None,
        "kind": order.kind.value,
        "source_sha256": order.source_sha256,
        "mask_sha256": order.mask_sha256,
        "parent_asset_id": order.parent_asset_id,
        "options": dict(order.options),
    }
    conn.execute(insert(generation_request).values(row).on_conflict_do_nothing())
    recorded = get(conn, identity)
    if recorded.order != order:
        raise RequestKeyReused(order.key)
    return recorded


def get(conn: Connection, request_id: str, *, lock: bool = False) -> Request:
    """The request; with ``lock`` nobody else changes it until the transaction ends. Raises
    ``RequestNotFound``.
    """
    query = select(generation_request).where(generation_request.c.id == request_id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise RequestNotFound(request_id)
    return _request(row)


def of_buyer(conn: Connection, buyer_id: str, limit: int = 50) -> list[Request]:
    """A buyer's requests, newest first."""
    table = generation_request.c
    query = select(generation_request).where(table.buyer_id == buyer_id)
    rows = conn.execute(query.order_by(table.created_at.desc(), table.id).limit(limit)).mappings()
    return [_request(row) for row in rows]


def waiting_for_people(conn: Connection, limit: int) -> list[Request]:
    """Requests about which a person has to decide, oldest first."""
    table = generation_request.c
    query = select(generation_request).where(table.state == RequestState.review.value)
    rows = conn.execute(query.order_by(table.created_at, table.id).limit(limit)).mappings()
    return [_request(row) for row in rows]


def count_waiting_for_people(conn: Connection) -> int:
    """How many requests there are about which a person has to decide."""
    query = select(func.count()).where(generation_request.c.state == RequestState.review.value)
    return conn.scalar(query) or 0


def set_decision(conn: Connection, request_id: str, decision: Mapping[str, Any]) -> None:
    """Write what was decided since, with moderation's own decision in it (``generation.judging``)."""
    changed = update(generation_request).where(generation_request.c.id == request_id)
    conn.execute(changed.values(decision=dict(decision)))


def set_state(
    conn: Connection,
    request_id: str,
    state: RequestState,
    *,
    at: datetime | None = None,
    release_id: str | None = None,
    failure: str | None = None,
) -> None:
    """Move a request on; ``at`` is when it finished."""
    values = {"state": state.value, "finished_at": at, "release_id": release_id, "failure": failure}
    conn.execute(update(generation_request).where(generation_request.c.id == request_id).values(values))


def add_images(conn: Connection, images: Sequence[GeneratedImage]) -> None:
    """Record how pictures came to be; a second picture at the same place of a request is refused by the
    database.
    """
    rows = [
        {name: getattr(image, name) for name in GeneratedImage.__slots__}
        | {"retrieved": list(image.retrieved)}
        for image in images
    ]
    if rows:
        conn.execute(generated_image.insert(), rows)


def asset_ids(conn: Connection, request_id: str) -> list[str]:
    """The pictures of a request, in order."""
    table = generated_image.c
    query = select(table.asset_id).where(table.request_id == request_id).order_by(table.index)
    return list(conn.scalars(query))


def images(conn: Connection, asset_ids: Iterable[str]) -> dict[str, GeneratedImage]:
    """How each of the pictures came to be, for those that were generated."""
    query = select(generated_image).where(generated_image.c.asset_id.in_(list(asset_ids)))
    return {row["asset_id"]: _image(row) for row in conn.execute(query).mappings()}


def buyer_of(conn: Connection, asset_id: str) -> str | None:
    """The buyer for whom a picture was made; None for pictures that people made."""
    request, image = generation_request.c, generated_image.c
    query = select(request.buyer_id).join(generated_image, image.request_id == request.id)
    return conn.scalars(query.where(image.asset_id == asset_id)).one_or_none()


def release_of(conn: Connection, asset_id: str) -> str | None:
    """The model release that made a picture; None for pictures that people made."""
    query = select(generated_image.c.release_id).where(generated_image.c.asset_id == asset_id)
    return conn.scalars(query).one_or_none()


def _request(row: RowMapping) -> Request:
    order = Order(
        row["key"],
        row["buyer_id"],
        row["prompt"],
        row["n"],
        row["size"],
        OrderKind(row["kind"]),
        row["source_sha256"],
        row["mask_sha256"],
        row["parent_asset_id"],
        row["options"],
    )
    kept = ("decision", "release_id", "failure", "created_at", "finished_at", "plan")
    return Request(row["id"], order, RequestState(row["state"]), **{name: row[name] for name in kept})


def _image(row: RowMapping) -> GeneratedImage:
    return GeneratedImage(**{**row, "retrieved": tuple(row["retrieved"])})
