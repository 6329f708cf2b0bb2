"""Connections to PostgreSQL, and the one error that says it cannot be reached."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, OperationalError

from fairstock.kit.errors import BadInput, Failure

CONNECT_SECONDS = 10
"""How long to wait for a server before it counts as down."""

DISK_FULL = "53100"
"""PostgreSQL's SQLSTATE for a full disk."""


class DatabaseDown(Failure):
    """The database does not answer, or went away in the middle of the work."""

    def __init__(self, url: URL, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(
            f"The database {shown(url)} does not answer ({reason}).",
            remedy="start it, or point FAIRSTOCK_DATABASE_URL at one that runs (unset: the embedded one)",
        )


class DatabaseFull(Failure):
    """The disk of the database has no room left."""

    def __init__(self, url: URL, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(
            f"The database {shown(url)} has no room left ({reason}); what was being written was undone.",
            remedy="free space on its disk and run the same again",
        )


class NotADatabaseUrl(BadInput):
    """A text does not name a PostgreSQL database."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            "FAIRSTOCK_DATABASE_URL does not name a PostgreSQL database.",
            remedy="write it as postgresql://user:password@host:5432/name",
        )


def connect(url: str) -> Engine:
    """An engine on the database, after one connection was made to see that it answers.

    A connection that the server has closed meanwhile is replaced before a transaction begins on it.

    Takes ``postgresql://`` with or without the driver's name. Sessions are in UTC. Raises ``NotADatabaseUrl``
    and ``DatabaseDown``.
    """
    engine = create_engine(
        checked_url(url),
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": "-c timezone=UTC",
            "application_name": "fairstock",
        },
    )
    event.listen(engine, "checkout", _refuse_closed)
    with database_errors(engine), engine.connect():
        return engine


def _refuse_closed(connection: psycopg.Connection, _record: object, _proxy: object) -> None:
    """Raise for an idle connection on which something has arrived: its end, or a message that a fresh one
    would not have. That needs no round trip, where SQLAlchemy's own ping takes three.
    """
    if connection.closed:
        raise DisconnectionError
    arrived = select.poll()
    arrived.register(connection.fileno(), select.POLLIN)
    if arrived.poll(0):
        raise DisconnectionError


def checked_url(text: str) -> URL:
    """The URL with psycopg as its driver; raises ``NotADatabaseUrl``."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise NotADatabaseUrl(text) from None
    if url.get_backend_name() not in ("postgresql", "postgres") or not url.database:
        raise NotADatabaseUrl(text)
    return url.set(drivername="postgresql+psycopg")


def for_psycopg(url: str | URL, database: str | None = None) -> str:
    """The URL as psycopg itself takes it, with its password, to another database where one is named."""
    plain = make_url(url).set(drivername="postgresql")
    return (plain.set(database=database) if database else plain).render_as_string(hide_password=False)


def shown(url: URL) -> str:
    """Database and host for a message, without user name and password."""
    host = url.host or url.query.get("host") or "localhost"
    return f"{url.database} on {host}"


@contextmanager
def database_errors(engine: Engine) -> Iterator[None]:
    """Turn a lost or refused connection into ``DatabaseDown`` and a full disk into ``DatabaseFull``.

    Any other error passes unchanged.
    """
    try:
        yield
    except OperationalError as error:
        if _sqlstate(error) == DISK_FULL:
            raise DatabaseFull(engine.url, _first_line(error)) from error
        if error.connection_invalidated or _sqlstate(error) is None:
            raise DatabaseDown(engine.url, _first_line(error)) from error
        raise


def _sqlstate(error: DBAPIError) -> str | None:
    """The code of the server's answer; ``None`` where there was none, because no connection was made."""
    return getattr(error.orig, "sqlstate", None)


def _first_line(error: DBAPIError) -> str:
    """The driver's first line, which names the cause in words."""
    return (str(error.orig).strip().splitlines() or ["no reason given"])[0].rstrip(".")
