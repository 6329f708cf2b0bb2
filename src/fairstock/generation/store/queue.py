"""SQL of the queue: requests that somebody waits for, and which worker has them.

A worker is known by a PostgreSQL advisory lock that its session holds. When the process dies, however it
dies, the server frees the lock, and what the worker had taken is anybody's again: no clock is involved.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, case, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from fairstock.generation.model import Queued
from fairstock.generation.rules import MOST_PICTURES
from fairstock.generation.tables import generation_queue

_CLAIM = text("""
    WITH alive AS (
        SELECT (classid::bigint << 32) | objid::bigint AS worker FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 1 AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ), busy AS (
        SELECT r.buyer_id, sum(r.n) AS pictures
        FROM generation_queue AS q JOIN generation_request AS r ON r.id = q.request_id
        WHERE q.worker IN (SELECT worker FROM alive) GROUP BY r.buyer_id
    ), waiting AS (
        SELECT q.request_id, q.asked_at, r.n,
               q.worker AS seen, coalesce(b.pictures, 0) - r.n
                   + sum(r.n) OVER (PARTITION BY r.buyer_id ORDER BY q.asked_at, q.request_id) AS before
        FROM generation_queue AS q
        JOIN generation_request AS r ON r.id = q.request_id
        LEFT JOIN busy AS b ON b.buyer_id = r.buyer_id
        WHERE r.state = 'pending' AND (q.deadline_at IS NULL OR q.deadline_at >= :now)
          AND (q.worker IS NULL OR q.worker NOT IN (SELECT worker FROM alive))
    ), free AS (
        SELECT q.request_id FROM generation_queue AS q JOIN waiting AS w USING (request_id)
        WHERE q.worker IS NOT DISTINCT FROM w.seen  -- asked again of a row that another has just taken
        ORDER BY w.before, w.asked_at, w.request_id LIMIT :most
        FOR UPDATE OF q SKIP LOCKED
    ), taken AS (
        SELECT request_id, before, asked_at,
               sum(n) OVER (ORDER BY before, asked_at, request_id) - n AS ahead, n
        FROM free JOIN waiting USING (request_id)
    )
    UPDATE generation_queue AS q SET worker = :worker, made = 0 FROM taken AS t
    WHERE q.request_id = t.request_id AND (t.ahead = 0 OR t.ahead + t.n <= :pictures)
    RETURNING q.request_id, t.before, t.asked_at
""")
"""Whoever has fewest pictures before them goes first: one buyer's hundred requests do not stand in the way of
another's one."""


def put(conn: Connection, request_id: str, *, sell: bool, at: datetime, deadline: datetime | None) -> None:
    """Wait for a worker; a request that waits already stays where it is, until the later of both limits."""
    row = {"request_id": request_id, "sell": sell, "asked_at": at, "deadline_at": deadline}
    new = insert(generation_queue).values(row)
    limits = generation_queue.c.deadline_at, new.excluded.deadline_at
    later = case((or_(*(limit.is_(None) for limit in limits)), None), else_=func.greatest(*limits))
    conn.execute(new.on_conflict_do_update(index_elements=["request_id"], set_={"deadline_at": later}))


def take(
    conn: Connection, worker: int, most: int, now: datetime, *, pictures: int = MOST_PICTURES
) -> list[str]:
    """Up to ``most`` requests that wait and whose limit is not over, now this worker's, the fairest first.

    Of ``pictures`` altogether at most, or the first one alone where that has more: whoever asks next waits
    for no more than that.
    """
    rows = conn.execute(_CLAIM, {"worker": worker, "most": most, "pictures": pictures, "now": now})
    return [
        row.request_id for row in sorted(rows, key=lambda row: (row.before, row.asked_at, row.request_id))
    ]


def get(conn: Connection, request_id: str) -> Queued | None:
    """Where a request stands in the queue; None for one that is not in it (any more)."""
    row = conn.execute(
        select(generation_queue).where(generation_queue.c.request_id == request_id)
    ).one_or_none()
    return None if row is None else Queued(row.sell, row.asked_at, row.deadline_at, row.made)


def note_made(conn: Connection, request_id: str, made: int) -> bool:
    """Note how many pictures are drawn; False where the request is off the queue, so that no more
    are wanted.
    """
    query = update(generation_queue).where(generation_queue.c.request_id == request_id).values(made=made)
    wanted = conn.execute(query).rowcount == 1
    if wanted:
        conn.execute(select(func.pg_notify("generation_news", request_id)))
    return wanted


def drop(conn: Connection, request_id: str) -> None:
    """Off the queue, whatever became of it."""
    conn.execute(delete(generation_queue).where(generation_queue.c.request_id == request_id))


def overdue(conn: Connection, now: datetime) -> dict[str, timedelta]:
    """Requests whose limit is over, with that limit."""
    table = generation_queue.c
    limit = (table.deadline_at - table.asked_at).label("limit")
    query = select(table.request_id, limit).where(table.deadline_at < now).order_by(table.request_id)
    return {row.request_id: row.limit for row in conn.execute(query)}


def waiting(conn: Connection) -> int:
    """Requests in the queue, those in work included."""
    return int(conn.scalar(select(func.count()).select_from(generation_queue)) or 0)
