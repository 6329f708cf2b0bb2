"""The one place where a transaction is committed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from fairstock.db.engine import database_errors


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A connection inside one transaction: committed at the end of the block, rolled back when anything is raised.

    Raises ``DatabaseDown`` where the connection cannot be made or breaks, at the commit too.
    """
    with database_errors(engine), engine.begin() as conn:
        yield conn
