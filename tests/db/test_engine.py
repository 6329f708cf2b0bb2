"""A database that is down, goes away, or was never one: one clear sentence, and nothing half-written."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import InternalError, OperationalError, ProgrammingError

from fairstock.db.copies import named
from fairstock.db.engine import DatabaseDown, DatabaseFull, NotADatabaseUrl, connect
from fairstock.db.transaction import snapshot, transaction


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://ann:secret@127.0.0.1:9/stock", r"stock on 127\.0\.0\.1 does not answer \(.*refused"),
        ("postgresql:///stock?host=/nowhere", r"stock on /nowhere does not answer"),
    ],
)
def test_a_server_that_is_down(url: str, words: str) -> None:
    with pytest.raises(DatabaseDown, match=words) as caught:
        connect(url)
    assert caught.value.exit_code == 1
    assert "FAIRSTOCK_DATABASE_URL" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_database_that_does_not_exist(server: str) -> None:
    with pytest.raises(DatabaseDown, match='database "nowhere" does not exist'):
        connect(named(server, "nowhere"))


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite:///x.db", "postgresql://host", "http://host/db"])
def test_what_is_no_database(url: str) -> None:
    with pytest.raises(NotADatabaseUrl, match="write it as postgresql://"):
        connect(url)


def test_the_driver_need_not_be_named(database_url: str) -> None:
    engine = connect(database_url.replace("postgresql+psycopg", "postgresql"))
    with transaction(engine) as conn:
        assert conn.scalar(text("SHOW timezone")) == "UTC"
    engine.dispose()


def test_a_connection_that_breaks_in_the_middle(engine: Engine) -> None:
    def work(conn: Connection) -> None:
        conn.execute(text("CREATE TABLE half (written int)"))
        conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DatabaseDown, match="does not answer"), transaction(engine) as conn:
        work(conn)
    with transaction(engine) as conn:
        assert conn.scalar(text("SELECT to_regclass('half')")) is None


def test_a_connection_that_the_server_closed_while_nobody_used_it_is_replaced(engine: Engine) -> None:
    with transaction(engine) as conn:
        idle = conn.scalar(text("SELECT pg_backend_pid()"))
    with engine.connect() as held, transaction(engine) as conn:  # the second is another connection
        assert held.scalar(text("SELECT pg_backend_pid()")) == idle
        other = conn.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(engine.url.set(drivername="postgresql").render_as_string(False)) as killer:
        for pid in (idle, other):
            killer.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with transaction(engine) as conn:
        assert conn.scalar(text("SELECT pg_backend_pid()")) not in (idle, other)


def test_what_need_not_last_is_committed_all_the_same(engine: Engine) -> None:
    with transaction(engine, durable=False) as conn:
        assert conn.scalar(text("SHOW synchronous_commit")) == "off"
        conn.execute(text("CREATE TABLE noted (n int)"))
    with transaction(engine) as conn:
        assert conn.scalar(text("SELECT count(*) FROM noted")) == 0


def test_a_full_disk(engine: Engine) -> None:
    """The server's own answer to it, raised by hand."""
    full = (
        "DO $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
    )
    words = r"no room left \(could not extend.*free space"
    with pytest.raises(DatabaseFull, match=words), transaction(engine) as conn:
        conn.exec_driver_sql(full)


def test_other_errors_pass_unchanged(engine: Engine) -> None:
    with pytest.raises(ProgrammingError), transaction(engine) as conn:
        conn.execute(text("SELECT nonsense"))
    with pytest.raises(OperationalError), transaction(engine) as conn:
        conn.execute(text("SET LOCAL statement_timeout = 1; SELECT pg_sleep(5)"))


def test_an_error_rolls_everything_back(engine: Engine) -> None:
    def work(conn: Connection) -> None:
        conn.execute(text("CREATE TABLE half (written int)"))
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError), transaction(engine) as conn:
        work(conn)
    with transaction(engine) as conn:
        assert conn.scalar(text("SELECT to_regclass('half')")) is None


def test_a_snapshot_reads_one_moment_and_writes_nothing(engine: Engine) -> None:
    with transaction(engine) as conn:
        conn.execute(text("CREATE TABLE seen (n int)"))
    with snapshot(engine) as reading:
        assert reading.scalar(text("SELECT count(*) FROM seen")) == 0
        with transaction(engine) as conn:
            conn.execute(text("INSERT INTO seen VALUES (1)"))
        assert reading.scalar(text("SELECT count(*) FROM seen")) == 0
    with pytest.raises(InternalError, match="read-only"), snapshot(engine) as reading:
        reading.execute(text("INSERT INTO seen VALUES (2)"))
    with transaction(engine) as conn:
        conn.execute(text("INSERT INTO seen VALUES (3)"))
        assert conn.scalar(text("SELECT count(*) FROM seen")) == 2


def test_the_home_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fairstock.bootstrap import App, HomeUnusable
    from fairstock.settings import Settings

    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FAIRSTOCK_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(HomeUnusable, match="FAIRSTOCK_HOME"):
        App(Settings()).engine  # noqa: B018 - the property starts the database
