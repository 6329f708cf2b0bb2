"""Shared fixtures: a real PostgreSQL built by the migrations, data folders, the wired App, and Prefect's test
server.

The embedded server is started once and shared by all pytest-xdist workers. A migrated template database is
made once; every database of a test is a copy of it, which takes about 50 ms.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine

from fairstock.db import embedded
from fairstock.db.copies import copy_of, make_template
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


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URL of a server that is quick because its data need not outlive a power cut.

    Its folder is not one of pytest's: another run as root closes those to the server's own user.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    data_dir = Path(tempfile.gettempdir()) / f"fairstock-tests-{run}"
    url = embedded.start(data_dir)
    embedded.forget_durability(url)
    yield url
    embedded.stop(data_dir)
    if not list(data_dir.rglob("postmaster.pid")):  # nobody else of this run still uses it
        shutil.rmtree(data_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """Name of the migrated database of which the others are copies."""
    return make_template(server)


@pytest.fixture(scope="session")
def database_url(server: str, template: str) -> Iterator[str]:
    """A migrated database for this worker; tests that commit take ``fresh_database_url``."""
    with copy_of(server, template, "test") as url:
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
def fresh_database_url(server: str, template: str) -> Iterator[str]:
    """A migrated database of the test's own, for tests that commit."""
    with copy_of(server, template, "test") as url:
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
