"""Databases that are copies of a migrated template: made in 50 ms, used once, dropped."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.engine import make_url

from fairstock.db import migrate
from fairstock.db.engine import connect, for_psycopg
from fairstock.db.sqlfiles import sql_dir


def make_template(server_url: str) -> str:
    """Build a migrated database unless there is one of exactly these SQL files; returns its name.

    ``server_url`` may name any database of the server. Safe in several processes at once: the database has
    its name only when it is complete.
    """
    name = f"template_{_files_digest()}"
    with maintenance(server_url) as conn:
        conn.execute("SELECT pg_advisory_lock(1)")
        try:
            if conn.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
                _build(conn, server_url, name)
        finally:
            conn.execute("SELECT pg_advisory_unlock(1)")
    return name


@contextmanager
def copy_of(server_url: str, template: str, prefix: str) -> Iterator[str]:
    """URL of a copy of the template, which is dropped at the end."""
    name = f"{prefix}_{uuid.uuid4().hex[:12]}"
    with maintenance(server_url) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield named(server_url, name)
    finally:
        with maintenance(server_url) as conn:
            conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def maintenance(server_url: str) -> Iterator[psycopg.Connection]:
    """A connection outside transactions to the server's own database, from which databases can be made."""
    with psycopg.connect(for_psycopg(server_url, "postgres"), autocommit=True) as conn:
        yield conn


def named(server_url: str, database: str) -> str:
    """The same server's URL with another database."""
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


def _build(conn: psycopg.Connection, server_url: str, name: str) -> None:
    conn.execute('DROP DATABASE IF EXISTS "building" WITH (FORCE)')
    conn.execute('CREATE DATABASE "building"')
    engine = connect(named(server_url, "building"))
    migrate.upgrade(engine)
    engine.dispose()
    conn.execute(f'ALTER DATABASE "building" RENAME TO "{name}"')


def _files_digest() -> str:
    """Changes with any migration, view or check."""
    files = sorted(path for path in sql_dir().rglob("*") if path.suffix in (".py", ".sql"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
