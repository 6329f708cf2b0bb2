"""Processes that belong together: started with their logs in one folder, watched, and stopped together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from fairstock.kit.errors import BadInput, Failure

STOP_SECONDS = 15
"""How long a process may take to end after it was asked to."""


class PortTaken(BadInput):
    """Another program listens on a port that we need."""

    def __init__(self, port: int, option: str) -> None:
        self.port, self.option = port, option
        super().__init__(
            f"Port {port} is in use by another program.",
            remedy=f"stop that program, or choose another port with {option}",
        )


class ChildEnded(Failure):
    """One of the processes ended by itself, or never answered."""

    def __init__(self, name: str, log: Path, what: str) -> None:
        self.name, self.log = name, log
        last = [line for line in _tail(log) if line.strip()]
        said = f" Its last line: {last[-1].strip()}" if last else ""
        super().__init__(f"The process “{name}” {what}.{said}", remedy=f"read its log {log}")


@dataclass(frozen=True, slots=True)
class Child:
    """One running process and where its output goes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raises ``ChildEnded`` when the process has ended."""
        code = self.process.poll()
        if code is not None:
            raise ChildEnded(self.name, self.log, f"ended by itself with code {code}")

    def wait_for_line(self, words: str, seconds: float) -> None:
        """Until the log has the words; raises ``ChildEnded`` when the process ends or takes too long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if words in self.log.read_text(encoding="utf-8", errors="replace"):
                return
            self.check()
            time.sleep(0.3)
        raise self.too_slow(seconds)

    def too_slow(self, seconds: float) -> ChildEnded:
        """The error for a process that does not answer."""
        return ChildEnded(self.name, self.log, f"did not answer within {seconds:.0f} seconds")


class Children:
    """Starts processes; on leaving the ``with`` block it stops them all, the newest first."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in reversed(self._children):
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in reversed(self._children):
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)
                child.process.wait()

    def start(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start this Python with the arguments; output goes to ``<logs>/<name>.log``, which begins anew."""
        path = self._logs / f"{name}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  # our own programs, no shell
                [sys.executable, *arguments],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us only, and we stop the rest in order
            )
        child = Child(name, process, path)
        self._children.append(child)
        return child

    def watch(self) -> None:
        """Stay until a process ends by itself (``ChildEnded``) or the person interrupts."""
        while True:
            for child in self._children:
                child.check()
            time.sleep(0.5)


def check_port(host: str, port: int, option: str) -> None:
    """Raises ``PortTaken`` when something listens on the port; ``option`` is how to choose another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do, after a quick restart
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(port, option) from error


def wait_for_page(url: str, child: Child, seconds: float) -> None:
    """Until ``url`` answers 200; raises ``ChildEnded`` when the process ends or takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        child.check()
        with suppress(httpx.TransportError):
            if httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK:
                return
        time.sleep(0.3)
    raise child.too_slow(seconds)


def _signal(child: Child, number: signal.Signals) -> None:
    """To the process and everything it started, which share its group."""
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)


def _tail(log: Path) -> list[str]:
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
    except OSError:
        return []
