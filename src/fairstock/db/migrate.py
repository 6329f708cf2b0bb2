"""Bring a database to the newest schema, in one transaction: a killed run leaves the old schema, never half
of one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from fairstock.db.locks import advisory
from fairstock.db.sqlfiles import sql_dir
from fairstock.db.transaction import transaction
from fairstock.kit.errors import Failure

__all__ = ["DatabaseTooNew", "is_current", "sql_dir", "upgrade"]


class DatabaseTooNew(Failure):
    """The database was migrated by a newer fairstock."""

    def __init__(self, revision: str) -> None:
        self.revision = revision
        super().__init__(
            f"The database is at revision {revision}, which this version of fairstock does not know.",
            remedy="install the version of fairstock that migrated it, or a newer one",
        )


def upgrade(engine: Engine) -> None:
    """Run the missing migrations and replace the views; nothing is touched where both are current.

    Any number of processes may call it at once: an advisory lock lets one through at a time. Raises
    ``DatabaseDown`` and ``DatabaseTooNew``.
    """
    with transaction(engine) as conn:
        if is_current(conn):
            return
        advisory(conn, "fairstock.migrate")
        if is_current(conn):  # somebody else did it while we waited
            return
        _drop_views(conn)  # a migration may change a column that a view reads
        command.upgrade(_config(conn), "head")
        _create_views(conn)


def is_current(conn: Connection) -> bool:
    """Whether schema and views are those of this version; raises ``DatabaseTooNew``."""
    script = ScriptDirectory.from_config(_config(conn))
    revision = MigrationContext.configure(conn).get_current_revision()
    if revision is not None and revision not in {each.revision for each in script.walk_revisions()}:
        raise DatabaseTooNew(revision)
    return revision == script.get_current_head() and _views_stamp(conn) == _views_digest()


def _config(conn: Connection) -> Config:
    """Alembic's settings, with the connection that ``env.py`` shall use."""
    config = Config()
    config.set_main_option("script_location", str(sql_dir() / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    return config


def _view_files() -> list[Path]:
    """The views in the order of their making: alphabetical, so one that reads another must come after it."""
    return sorted((sql_dir() / "views").glob("*.sql"))


def _views_digest() -> str:
    """Changes whenever a view changes."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in _view_files())).hexdigest()


def _views_stamp(conn: Connection) -> str | None:
    """The digest of the views in the database, which is kept as the comment of Alembic's table."""
    stamp: str | None = conn.scalar(
        text("SELECT obj_description(to_regclass('alembic_version'), 'pg_class')")
    )
    return stamp


def _drop_views(conn: Connection) -> None:
    """Remove every view of the schema that no extension brought."""
    names = conn.scalars(
        text(
            "SELECT quote_ident(c.relname) FROM pg_class c "
            "WHERE c.relkind = 'v' AND c.relnamespace = current_schema()::regnamespace "
            "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
        )
    ).all()
    if names:
        conn.execute(text(f"DROP VIEW {', '.join(names)} CASCADE"))


def _create_views(conn: Connection) -> None:
    """Make every view anew and note which version of them is in place."""
    for path in _view_files():
        conn.exec_driver_sql(path.read_text(encoding="utf-8"), execution_options={"no_parameters": True})
    conn.execute(text(f"COMMENT ON TABLE alembic_version IS '{_views_digest()}'"))
