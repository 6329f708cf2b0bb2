"""Locks by name, for work that must not run twice at a time (closing a period, migrating)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from fairstock.db.engine import database_errors

_HOLDERS = text("""
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 1 AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND (classid::bigint << 32) | objid::bigint = :number
    )
""")


def advisory(conn: Connection, name: str) -> None:
    """Wait for the lock called ``name`` and hold it until the end of the transaction, however that ends."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _number(name)})


@contextmanager
def held(engine: Engine, name: str, *, shared: bool = False) -> Iterator[int]:
    """Hold the lock called ``name`` in a session of its own for as long as the process and the block live;
    gives its number. Any number of sessions may hold it ``shared``.

    The server frees it when the session ends, so that others see in ``pg_locks`` who is alive. Needs a direct
    connection, or a pooler in session mode.
    """
    number, kind = _number(name), "_shared" if shared else ""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text(f"SELECT pg_advisory_lock{kind}(:number)"), {"number": number})
        try:
            yield number
        finally:
            conn.execute(text(f"SELECT pg_advisory_unlock{kind}(:number)"), {"number": number})


@contextmanager
def all_held(engine: Engine, names: Iterable[str]) -> Iterator[None]:
    """Hold the locks of all the names in one session, as ``held`` does; whoever else holds one is waited for.

    Taken in one order everywhere, so that two who want some of the same cannot wait for each other. Raises
    ``DatabaseDown``.
    """
    numbers = {"numbers": sorted({_number(name) for name in names})}
    each = "FROM unnest(CAST(:numbers AS bigint[])) AS wanted (number)"
    with database_errors(engine), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        try:
            conn.execute(text(f"SELECT pg_advisory_lock(number) {each}"), numbers)
            yield
        finally:
            conn.execute(text("SELECT pg_advisory_unlock_all()"))


def is_held(conn: Connection, name: str) -> bool:
    """Whether any session holds the lock called ``name`` now."""
    return bool(conn.scalar(_HOLDERS, {"number": _number(name)}))


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
