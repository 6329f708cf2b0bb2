"""All SQL of the access context."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from fairstock.access.model import ApiKey, Ask, Call, CallState, Rate
from fairstock.access.tables import api_call, api_key, api_rate
from fairstock.kit.errors import NotFound
from fairstock.kit.money import Money


class KeyNotFound(NotFound):
    """No key has this id."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        super().__init__(f"There is no API key {key_id!r}.", remedy="take an id from `fairstock keys list`")


def add_key(conn: Connection, key: ApiKey, secret_sha256: str) -> None:
    """Write a new key with both allowances full."""
    budget = key.budget
    row = {
        "id": key.id,
        "buyer_id": key.buyer_id,
        "label": key.label,
        "secret_sha256": secret_sha256,
        "hint": key.hint,
        "requests_per_minute": key.requests_per_minute,
        "images_per_minute": key.images_per_minute,
        "budget_micros": budget.micros if budget else None,
        "currency": budget.currency if budget else None,
        "created_at": key.created_at,
    }
    conn.execute(insert(api_key).values(row))
    at = key.created_at
    conn.execute(insert(api_rate).values(key_id=key.id, requests_full_at=at, images_full_at=at))


def get(conn: Connection, key_id: str) -> ApiKey:
    """The key; raises ``KeyNotFound``."""
    row = conn.execute(select(api_key).where(api_key.c.id == key_id)).mappings().one_or_none()
    if row is None:
        raise KeyNotFound(key_id)
    return _key(row)


def find(conn: Connection, secret_sha256: str) -> ApiKey | None:
    """The key of a secret, revoked or not."""
    query = select(api_key).where(api_key.c.secret_sha256 == secret_sha256)
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else _key(row)


def keys(conn: Connection, buyer_id: str | None = None) -> list[ApiKey]:
    """All keys, or a buyer's, oldest first."""
    query = select(api_key).order_by(api_key.c.created_at, api_key.c.id)
    if buyer_id is not None:
        query = query.where(api_key.c.buyer_id == buyer_id)
    return [_key(row) for row in conn.execute(query).mappings()]


def revoke(conn: Connection, key_id: str, at: datetime) -> None:
    """Close the key from ``at`` on; one that is closed stays as it is."""
    table = api_key.c
    conn.execute(update(api_key).where(table.id == key_id, table.revoked_at.is_(None)).values(revoked_at=at))


def lock_rate(conn: Connection, key_id: str) -> Rate:
    """How far the key's limits are used; nobody else lets a call of this key in until the transaction ends.
    Raises ``KeyNotFound``.
    """
    table = api_rate.c
    query = select(table.requests_full_at, table.images_full_at).where(table.key_id == key_id)
    row = conn.execute(query.with_for_update()).one_or_none()
    if row is None:
        raise KeyNotFound(key_id)
    return Rate(*row)


def set_rate(conn: Connection, key_id: str, rate: Rate) -> None:
    """Keep what ``take`` made of the limits; the caller holds the lock."""
    values = {"requests_full_at": rate.requests_full_at, "images_full_at": rate.images_full_at}
    conn.execute(update(api_rate).where(api_rate.c.key_id == key_id).values(values))


def used(conn: Connection, key_id: str, since: datetime, now: datetime, *, apart_from: str) -> list[Money]:
    """What the key was charged since ``since``, and what its open calls hold, one sum for each currency; one
    call is left out.
    """
    table = api_call.c
    charged = and_(table.state == CallState.done.value, table.finished_at >= since)
    held = and_(table.state == CallState.open.value, table.held_until > now)
    amount = case((charged, table.charged_micros), else_=table.hold_micros)
    mine = and_(table.key_id == key_id, table.id != apart_from)
    query = select(table.currency, func.sum(amount).label("micros")).where(mine, or_(charged, held))
    rows = conn.execute(query.group_by(table.currency).order_by(table.currency))
    return [Money(int(row.micros), row.currency) for row in rows]


def idempotent(conn: Connection, key_id: str, idempotency_key: str) -> Call | None:
    """The call that the client named."""
    table = api_call.c
    query = select(api_call).where(table.key_id == key_id, table.idempotency_key == idempotency_key)
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else _call(row)


def retried(conn: Connection, key_id: str, ask: Ask, since: datetime) -> Call | None:
    """The call that ``ask`` repeats: the newest with the same meaning that saw fewer retries, if its last try
    was after ``since``.
    """
    table = api_call.c
    query = select(api_call).where(
        table.key_id == key_id,
        table.body_sha256 == ask.body_sha256,
        table.endpoint == ask.endpoint,
        table.touched_at >= since,
        table.retry_count < ask.retry_count,
        table.idempotency_key.is_(None),
    )
    row = conn.execute(query.order_by(table.created_at.desc(), table.id).limit(1)).mappings().one_or_none()
    return None if row is None else _call(row)


def add_call(
    conn: Connection, call_id: str, key_id: str, ask: Ask, hold: Money, *, now: datetime, until: datetime
) -> Call:
    """Write a call that was let in at its first try."""
    row: dict[str, Any] = {
        "id": call_id,
        "key_id": key_id,
        "endpoint": ask.endpoint,
        "body_sha256": ask.body_sha256,
        "idempotency_key": ask.idempotency_key,
        "images": ask.images,
        "hold_micros": hold.micros,
        "currency": hold.currency,
        "state": CallState.open.value,
        "attempt": 1,
        "retry_count": ask.retry_count,
        "created_at": now,
        "touched_at": now,
        "held_until": until,
    }
    conn.execute(insert(api_call).values(row))
    return Call(call_id, key_id, ask.body_sha256, ask.images, hold, CallState.open, 1)


def attach(conn: Connection, call: Call, ask: Ask, *, now: datetime, until: datetime) -> Call:
    """Note another try of the call; one that had failed is open again."""
    table = api_call.c
    again = table.state == CallState.failed.value
    values = {
        "attempt": table.attempt + 1,
        "retry_count": func.greatest(table.retry_count, ask.retry_count),
        "touched_at": now,
        "held_until": until,
        "state": case((again, CallState.open.value), else_=table.state),
        "finished_at": case((again, None), else_=table.finished_at),
    }
    statement = update(api_call).where(table.id == call.id).values(values).returning(api_call)
    return _call(conn.execute(statement).mappings().one())


def lock(conn: Connection, call_id: str) -> None:
    """Keep a call as it is until the transaction ends; for an id that no call has, nothing."""
    conn.execute(select(api_call.c.id).where(api_call.c.id == call_id).with_for_update())


def charge(conn: Connection, call_id: str, charged: Money, at: datetime) -> None:
    """The call's pictures are sold; a second time, or for an id that no call has, nothing changes."""
    table = api_call.c
    done = {"state": CallState.done.value, "charged_micros": charged.micros, "finished_at": at}
    statement = update(api_call).where(table.id == call_id, table.state != CallState.done.value)
    conn.execute(statement.values(**done, currency=charged.currency, touched_at=at))


def fail(conn: Connection, call: Call, at: datetime) -> bool:
    """End an open call without a charge; False where a later try has taken it over, or it has ended."""
    table = api_call.c
    open_ = and_(table.id == call.id, table.state == CallState.open.value, table.attempt == call.attempt)
    ended = {"state": CallState.failed.value, "finished_at": at, "touched_at": at}
    return conn.execute(update(api_call).where(open_).values(ended)).rowcount == 1


def abandoned(conn: Connection, key_id: str, now: datetime) -> list[Call]:
    """Calls that are still open although nobody can wait for them any more."""
    table = api_call.c
    mine = and_(table.key_id == key_id, table.state == CallState.open.value, table.held_until < now)
    query = select(api_call).where(mine).with_for_update(skip_locked=True)
    return [_call(row) for row in conn.execute(query).mappings()]


def _key(row: RowMapping) -> ApiKey:
    budget = None if row["budget_micros"] is None else Money(row["budget_micros"], row["currency"])
    kept = ("id", "buyer_id", "label", "hint", "requests_per_minute", "images_per_minute")
    when = {"created_at": row["created_at"], "revoked_at": row["revoked_at"]}
    return ApiKey(**{name: row[name] for name in kept}, budget=budget, **when)


def _call(row: RowMapping) -> Call:
    kept = ("id", "key_id", "body_sha256", "images", "attempt")
    hold = Money(row["hold_micros"], row["currency"])
    return Call(**{name: row[name] for name in kept}, hold=hold, state=CallState(row["state"]))
