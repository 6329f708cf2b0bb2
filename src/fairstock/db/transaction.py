"""The one place where a transaction is committed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from fairstock.db.engine import database_errors

__all__ = ["Connection", "snapshot", "transaction"]
"""``Connection`` is named here too, for flows, which may not import SQLAlchemy."""

_NOT_WAITED_FOR = text("SET LOCAL synchronous_commit TO off")


@contextmanager
def transaction(engine: Engine, *, durable: bool = True) -> Iterator[Connection]:
    """A connection inside one transaction: committed at the end of the block, rolled back when anything is
    raised.

    Without ``durable`` nobody waits for the disk at the commit: a power cut may undo it whole, within a
    second, and never in parts or without what came after. For notes whose loss harms nobody.

    Raises ``DatabaseDown`` where the connection cannot be made or breaks, at the commit too.
    """
    with database_errors(engine), engine.begin() as conn:
        if not durable:
            conn.execute(_NOT_WAITED_FOR)
        yield conn


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that reads one moment of the database, whatever others commit meanwhile, and cannot write.

    Raises ``DatabaseDown``.
    """
    with database_errors(engine), engine.connect() as conn:
        reading = conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with reading.begin():
            yield reading
