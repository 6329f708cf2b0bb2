"""Migrating: from nothing, twice, by several processes at once, and never half."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, select, table, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from fairstock.db import migrate
from fairstock.db.engine import connect, for_psycopg
from fairstock.db.transaction import transaction


@pytest.fixture
def empty(server: str) -> Iterator[Engine]:
    """An engine on a database without any table."""
    with psycopg.connect(for_psycopg(server), autocommit=True) as conn:
        conn.execute("DROP DATABASE IF EXISTS empty WITH (FORCE)")
        conn.execute("CREATE DATABASE empty")
        engine = connect(make_url(server).set(database="empty").render_as_string(hide_password=False))
        yield engine
        engine.dispose()
        conn.execute("DROP DATABASE empty WITH (FORCE)")


def relations(engine: Engine, kind: str) -> set[str]:
    query = "SELECT relname FROM pg_class WHERE relkind = :kind AND relnamespace = 'public'::regnamespace"
    with transaction(engine) as conn:
        return set(conn.scalars(text(query), {"kind": kind}))


def test_upgrading_twice_changes_nothing(empty: Engine) -> None:
    migrate.upgrade(empty)
    tables, views = relations(empty, "r"), relations(empty, "v")
    assert {"party", "asset", "ledger_transaction"} <= tables
    assert {"ledger_balances", "ledger_journal"} <= views
    migrate.upgrade(empty)
    assert (relations(empty, "r"), relations(empty, "v")) == (tables, views)
    with transaction(empty) as conn:
        assert migrate.is_current(conn)


def test_several_processes_at_once(empty: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate.upgrade, [empty] * 4))
    with transaction(empty) as conn:
        assert migrate.is_current(conn)


def test_every_view_can_be_read(engine: Engine) -> None:
    names = sorted(path.stem for path in (migrate.sql_dir() / "views").glob("*.sql"))
    assert relations(engine, "v") == set(names)
    with transaction(engine) as conn:
        for name in names:
            conn.execute(select(table(name)))


def test_a_changed_view_is_replaced(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a column disappears, which CREATE OR REPLACE alone would refuse."""
    _with_views(tmp_path, monkeypatch, balances="CREATE VIEW ledger_balances AS SELECT 1 AS changed")
    migrate.upgrade(engine)
    assert relations(engine, "v") == {"ledger_balances"}
    with transaction(engine) as conn:
        assert conn.scalar(text("SELECT changed FROM ledger_balances")) == 1


def test_a_broken_view_leaves_everything_as_it_was(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = relations(engine, "v")
    _with_views(tmp_path, monkeypatch, broken="CREATE VIEW broken AS SELECT * FROM nowhere")
    with pytest.raises(ProgrammingError, match="nowhere"):
        migrate.upgrade(engine)
    assert relations(engine, "v") == before


def test_a_database_of_a_newer_version_is_left_alone(engine: Engine) -> None:
    with transaction(engine) as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999_future'"))
    with pytest.raises(migrate.DatabaseTooNew, match=r"revision 9999_future.*newer one"):
        migrate.upgrade(engine)


def _with_views(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **views: str) -> None:
    """Let migrate see the real migrations beside other views."""
    (tmp_path / "views").mkdir()
    for name, query in views.items():
        (tmp_path / "views" / f"{name}.sql").write_text(query)
    (tmp_path / "migrations").symlink_to(migrate.sql_dir() / "migrations")
    monkeypatch.setattr(migrate, "sql_dir", lambda: tmp_path)
