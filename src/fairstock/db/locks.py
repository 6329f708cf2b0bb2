"""Locks by name, for work that must not run twice at a time (closing a period, migrating)."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, text


def advisory(conn: Connection, name: str) -> None:
    """Wait for the lock called ``name`` and hold it until the end of the transaction, however that ends."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    conn.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
