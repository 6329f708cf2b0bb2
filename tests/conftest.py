"""Shared fixtures: a real PostgreSQL built by the migrations, data folders, the wired App, and Prefect's test
server.

The embedded server is started once and shared by all pytest-xdist workers. A migrated template database is
made once; every database of a test is a copy of it, which takes about 50 ms.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url

from fairstock.db import embedded, migrate
from fairstock.db.engine import connect
from fairstock.kit.objects import ObjectStore

if TYPE_CHECKING:
    from fairstock.bootstrap import App

# Prefect reads these when it is imported, so they are set before any test module is.
os.environ.update(
    DO_NOT_TRACK="1",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW="ignore",
    PREFECT_LOGGING_LEVEL="WARNING",
)
for _name in [
    name for name in os.environ if name.startswith("FAIRSTOCK_") and name != "FAIRSTOCK_SCREENSHOTS"
]:
    del os.environ[_name]  # a developer's own settings must not reach the tests

TEMPLATE = "fairstock_template"
"""The migrated database of which the others are copies."""


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URL of the maintenance database of a server that has the template.

    Its folder is not one of pytest's: another run as root closes those to the server's own user.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    data_dir = Path(tempfile.gettempdir()) / f"fairstock-tests-{run}"
    url = _named(embedded.start(data_dir), "postgres")
    with _maintenance(url) as conn:
        conn.execute("SELECT pg_advisory_lock(1)")
        if conn.execute("SELECT FROM pg_database WHERE datname = %s", (TEMPLATE,)).fetchone() is None:
            _make_template(conn, url)
        conn.execute("SELECT pg_advisory_unlock(1)")
    yield url
    embedded.stop(data_dir)
    if not list(data_dir.rglob("postmaster.pid")):  # nobody else of this run still uses it
        shutil.rmtree(data_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def database_url(server: str) -> Iterator[str]:
    """A migrated database for this worker; tests that commit take ``fresh_database_url``."""
    with _copy(server) as url:
        yield url


@pytest.fixture(scope="session")
def _engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def conn(_engine: Engine) -> Iterator[Connection]:
    """A connection inside a transaction that is rolled back after the test."""
    with _engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def fresh_database_url(server: str) -> Iterator[str]:
    """A migrated database of the test's own, for tests that commit."""
    with _copy(server) as url:
        yield url


@pytest.fixture
def engine(fresh_database_url: str) -> Iterator[Engine]:
    """An engine on a database of the test's own."""
    own = connect(fresh_database_url)
    yield own
    own.dispose()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty FAIRSTOCK_HOME."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("FAIRSTOCK_HOME", str(folder))
    return folder


@pytest.fixture
def app(home: Path, fresh_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """What ``get_app()`` gives for the length of the test: a database of its own, objects and keys in
    ``home``.
    """
    from fairstock.bootstrap import get_app

    monkeypatch.setenv("FAIRSTOCK_DATABASE_URL", fresh_database_url)
    get_app.cache_clear()
    wired = get_app()
    yield wired
    wired.engine.dispose()
    if "decode_guard" in wired.__dict__:  # only if the test has asked for it
        wired.decode_guard.close()
    get_app.cache_clear()


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    """An empty object store in a folder."""
    from fairstock.adapters.objects_local import LocalObjects

    return LocalObjects(tmp_path / "objects")


@pytest.fixture(scope="session")
def prefect_harness() -> Iterator[None]:
    """A temporary Prefect server for the session; starting it takes ten seconds or so."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield


@contextmanager
def _copy(server: str) -> Iterator[str]:
    """A copy of the template, dropped at the end."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with _maintenance(server) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
    yield _named(server, name)
    with _maintenance(server) as conn:
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _make_template(conn: psycopg.Connection, url: str) -> None:
    """Migrate a database and give it the template's name when it is complete."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        conn.execute(f"ALTER SYSTEM SET {setting} = off")  # a test's data need not outlive a power cut
    conn.execute("SELECT pg_reload_conf()")
    conn.execute('DROP DATABASE IF EXISTS "building" WITH (FORCE)')
    conn.execute('CREATE DATABASE "building"')
    building = connect(_named(url, "building"))
    migrate.upgrade(building)
    building.dispose()
    conn.execute(f'ALTER DATABASE "building" RENAME TO "{TEMPLATE}"')


@contextmanager
def _maintenance(url: str) -> Iterator[psycopg.Connection]:
    """A connection outside transactions, in which databases can be made."""
    target = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(target, autocommit=True) as conn:
        yield conn


def _named(url: str, database: str) -> str:
    """The same server's URL with another database."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)
