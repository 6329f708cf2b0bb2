"""Processes that are started, watched and stopped together."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fairstock.web.children import ChildEnded, Children, PortTaken, check_port, wait_for_page

SLEEP = ["-c", "print('awake', flush=True); import time; time.sleep(60)"]


NESTED = (
    "import subprocess, sys",
    "p = subprocess.Popen([sys.executable, *args])",
    "print(p.pid, flush=True)",
    "p.wait()",
)


def test_leaving_the_block_stops_every_process_and_its_own_children(tmp_path: Path) -> None:
    script = "\n".join([f"args = {SLEEP!r}", *NESTED])
    nested = ["-c", script]
    with Children(tmp_path) as children:
        one = children.start("one", SLEEP, os.environ)
        two = children.start("two", nested, os.environ)
        one.wait_for_line("awake", 60)
        two.wait_for_line("awake", 60)
        grandchild = int(two.log.read_text().splitlines()[0])
    assert one.process.returncode is not None
    assert two.process.returncode is not None
    until = time.monotonic() + 10  # a killed process still runs until its turn comes
    while (state := _state(grandchild)) not in {b"", b"Z"} and time.monotonic() < until:
        time.sleep(0.05)
    assert state in {b"", b"Z"}


def _state(process: int) -> bytes:
    """Its first letter, without the "N" of little priority; nothing where there is none."""
    listed = ["ps", "-o", "stat=", "-p", str(process)]
    return subprocess.run(listed, capture_output=True, check=False).stdout.strip()[:1]


def test_a_process_that_ends_by_itself_is_named_with_its_last_line(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("web", ["-c", "import sys; sys.exit('no such module')"], os.environ)
        child.process.wait()
        with pytest.raises(
            ChildEnded, match=r"“web” ended by itself with code 1. Its last line: no such module"
        ):
            children.watch()


def test_a_page_that_never_answers_gives_up(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Children(tmp_path) as children:
        child = children.start("web", SLEEP, os.environ)
        with pytest.raises(ChildEnded, match="did not answer within 1 seconds"):
            wait_for_page(f"http://127.0.0.1:{port}/", child, 1)


def test_a_port_in_use_names_the_option() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"Port {port} is in use.*--prefect-port"):
            check_port("127.0.0.1", port, "--prefect-port")
    check_port("127.0.0.1", port, "--port")


def test_the_tests_python_is_what_children_run(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("who", ["-c", "import sys; print(sys.executable)"], os.environ)
        child.process.wait()
    assert child.log.read_text().strip() == sys.executable
