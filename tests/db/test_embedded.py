"""The embedded server is shared by processes, outlives those that are killed, and stops with the last one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fairstock.db import embedded

CHILD = """
import sys
from pathlib import Path
from fairstock.db import embedded
embedded.start(Path(sys.argv[1]))
print("up", flush=True)
sys.stdin.readline()
"""
SOURCE = Path(embedded.__file__).parents[2]


class User:
    """Another process that uses the server of a folder."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "up\n"

    def leave(self) -> None:
        self.process.communicate("\n", timeout=60)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=60)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("embedded") / "pg"
    yield folder
    embedded.start(folder)
    embedded.stop(folder)


def is_up(data_dir: Path) -> bool:
    try:
        psycopg.connect(host=str(data_dir), user="postgres", dbname=embedded.DATABASE).close()
    except psycopg.OperationalError:
        return False
    return True


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postmaster.pid").read_text().split()[0])


def test_what_a_killed_first_start_left_is_cleared_away(data_dir: Path) -> None:
    building = data_dir.with_name(".pg.building")
    building.mkdir()
    (building / "PG_VERSION").write_text("18\n")
    User(data_dir).leave()
    assert (data_dir / "PG_VERSION").exists()
    assert not building.exists()


def test_the_last_process_stops_the_server(data_dir: Path) -> None:
    first, second = User(data_dir), User(data_dir)
    first.leave()
    assert is_up(data_dir)
    second.leave()
    assert not is_up(data_dir)


def test_a_killed_process_neither_stops_the_server_nor_keeps_it(data_dir: Path) -> None:
    killed, other = User(data_dir), User(data_dir)
    killed.kill()
    assert is_up(data_dir)
    other.leave()
    assert not is_up(data_dir)


def test_after_all_were_killed_the_next_finds_it(data_dir: Path) -> None:
    User(data_dir).kill()
    assert is_up(data_dir)
    User(data_dir).leave()
    assert not is_up(data_dir)


def test_after_a_power_cut_the_number_of_the_server_may_be_somebody_elses(data_dir: Path) -> None:
    user = User(data_dir)
    os.kill(postmaster(data_dir), signal.SIGKILL)
    user.kill()
    deadline = time.monotonic() + 20
    while is_up(data_dir) and time.monotonic() < deadline:
        time.sleep(0.1)
    pid_file = data_dir / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    again = User(data_dir)
    assert is_up(data_dir)
    assert postmaster(data_dir) != os.getpid()
    again.leave()


def test_starting_twice_in_one_process(data_dir: Path) -> None:
    assert embedded.start(data_dir) == embedded.start(data_dir)
    embedded.stop(data_dir)
    assert not is_up(data_dir)
    embedded.stop(data_dir)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(embedded.EmbeddedFailed, match=r"home.*did not start: .*writable") as caught:
        embedded.start(tmp_path / "home" / "pg")
    assert caught.value.exit_code == 1


def test_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "thesis.txt").write_text("all of it")
    with pytest.raises(embedded.EmbeddedFailed, match="not empty"):
        embedded.start(tmp_path / "pg")
    assert (tmp_path / "pg" / "thesis.txt").read_text() == "all of it"


def test_a_damaged_cluster_is_reported_in_the_servers_words(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "PG_VERSION").write_text("9\n")
    with pytest.raises(embedded.EmbeddedFailed, match="found version 9"):
        embedded.start(tmp_path / "pg")


def test_words_of_an_earlier_day_are_not_given_as_the_reason(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "PG_VERSION").write_text("9\n")
    with pytest.raises(embedded.EmbeddedFailed):
        embedded.start(tmp_path / "pg")
    with (tmp_path / "pg" / "log").open("a") as log:
        log.write("2020-01-01 00:00:00 UTC [1] FATAL:  terminating connection due to administrator command\n")
    with pytest.raises(embedded.EmbeddedFailed, match="found version 9"):
        embedded.start(tmp_path / "pg")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_a_copy_that_the_server_may_not_read_names_the_command_that_helps(data_dir: Path) -> None:
    embedded.start(data_dir)
    embedded.stop(data_dir)
    shutil.copytree(data_dir, copy := data_dir.with_name("copied"))
    with pytest.raises(embedded.EmbeddedFailed, match="Permission denied") as caught:
        embedded.start(copy)
    assert str(caught.value).endswith(f"chown -R pgserver: {copy}.")
