"""The decode guard: a pool of confined processes that open files, and the checks in front of them.

One pool serves a whole flow. A file that kills, hangs or exhausts its process is refused, the process is
replaced, and every other file is answered as if nothing had happened.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, replace
from signal import SIGXCPU
from types import TracebackType
from typing import Any, BinaryIO, cast

from fairstock.kit.errors import Failure
from fairstock.upload.answers import Answer, inspection_from, refusal_from
from fairstock.upload.frames import read_frame, write_frame
from fairstock.upload.model import Inspection, Limits, Refusal
from fairstock.upload.rules import refuse_layout, refuse_size, too_costly, unreadable
from fairstock.upload.sniff import describe, layout_of, sniff

_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Decoders need no helper threads, whose stacks would count against the address space."""
_PIPE = 2**20
"""Bytes that a pipe holds: a small picture crosses in one go, without a switch of processes every 64 KiB."""
_WATCHED = 0.25
"""Seconds between two looks at the clock for processes that hang."""


class DecoderMissing(Failure):
    """A decoding process could not even be started."""

    def __init__(self, code: int | None) -> None:
        super().__init__(
            f"The decoding process ended at its start (exit code {code}).",
            remedy="run `python -m fairstock.upload.worker '{}'` and read what it says",
        )


class _Worker:
    """One confined process and the pipe to it."""

    def __init__(self, limits: Limits, command: Sequence[str]) -> None:
        self.limits = limits
        environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **_THREADS}
        arguments = [*command, json.dumps(asdict(limits))]
        self.process = subprocess.Popen(  # noqa: S603 - our own program, without a shell
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        self._sink, self._source = cast("BinaryIO", self.process.stdin), cast("BinaryIO", self.process.stdout)
        for pipe in (self._sink, self._source):
            with suppress(OSError):  # a system may allow less
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
        self._lock = threading.Lock()
        self._until: float | None = None
        self._expired = False
        if read_frame(self._source) is None:
            self.close(patience=5)
            raise DecoderMissing(self.process.returncode)

    def ask(self, wanted: dict[str, Any], files: Sequence[bytes]) -> Answer | Refusal:
        """The answer to one question, or why there is none; after a refusal from here the process is gone."""
        self._until = time.monotonic() + self.limits.wall_seconds
        try:
            write_frame(self._sink, wanted, *files)
            answer = read_frame(self._source)
        except BrokenPipeError:
            answer = None
        finally:
            with self._lock:
                self._until = None
        if answer is not None and not self._expired:
            return answer
        self.close(patience=0.5)
        if self._expired or self.process.returncode == -SIGXCPU:
            return too_costly("time")
        return unreadable(f"the decoder broke down over it (exit code {self.process.returncode})")

    def watch(self) -> None:
        """End the process if its answer is overdue; called from another thread now and then."""
        with self._lock:
            if self._until is not None and time.monotonic() > self._until:
                self._expired = True
                self.process.kill()

    def close(self, patience: float = 0.0) -> None:
        """End the process, whatever it is doing; one that is ending by itself gets ``patience`` seconds for
        it.
        """
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.wait()
        for pipe in (self._sink, self._source):
            with suppress(BrokenPipeError):  # unsent bytes for a process that is gone
                pipe.close()


class DecodeGuard:
    """Inspects files in confined processes; keep one, close it at the end (or use it as a context
    manager).
    """

    def __init__(
        self, limits: Limits | None = None, workers: int = 2, command: Sequence[str] | None = None
    ) -> None:
        self.limits = limits or Limits()
        self.workers = workers
        """How many processes there are."""
        self.respawned = 0
        """How many processes had to be replaced so far."""
        self.slowest = 0.0
        """Processor seconds of the costliest answer, as its process says."""
        self._command = command or (sys.executable, "-m", "fairstock.upload.worker")
        self._idle: queue.SimpleQueue[_Worker | None] = queue.SimpleQueue()
        # Twice as many threads as processes: one prepares a file while another waits for its answer.
        self._threads = ThreadPoolExecutor(2 * workers, thread_name_prefix="decode")
        self._alive: set[_Worker] = set()
        self._closed = threading.Event()
        self._starting = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name="decode-watch", daemon=True)
        for _ in range(workers):
            self._idle.put(None)  # started at first use

    def __enter__(self) -> DecodeGuard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes; the guard cannot be used afterwards."""
        self._threads.shutdown(wait=True)
        self._closed.set()
        while not self._idle.empty():
            worker = self._idle.get()
            if worker is not None:
                worker.close()

    def start(self) -> None:
        """Start the processes now, so that the first files need not wait for them. Raises DecoderMissing."""
        for _ in range(self.workers):
            worker = self._idle.get()
            try:
                worker = worker or self._started()
            finally:
                self._idle.put(worker)

    def inspect(self, files: Sequence[bytes]) -> list[Inspection]:
        """One inspection a file, in order; a refused file carries its refusal, and no file raises."""
        return list(self.inspecting(files))

    def inspecting(self, files: Sequence[bytes]) -> Iterator[Inspection]:
        """The same one after another as they are ready: all files are under way from the first call on."""
        return self._threads.map(self._inspect, files)

    def _inspect(self, data: bytes) -> Inspection:
        digest, size = hashlib.sha256(data).hexdigest(), len(data)
        form = sniff(data)
        if form is None:
            return Inspection(
                digest, size, None, 0, 0, refusal=refuse_size(size, self.limits) or describe(data)
            )
        layout = layout_of(data, form)
        refusal = refuse_size(size, self.limits) or refuse_layout(form, layout, self.limits)
        empty = Inspection(digest, size, form, layout.width, layout.height, refusal=refusal)
        if refusal:
            return empty
        answer = self._ask({"want": "look"}, [data])
        if isinstance(answer, Refusal):
            return replace(empty, refusal=answer)
        return inspection_from(answer, empty, self.limits)

    def whole(self, data: bytes) -> Answer | Refusal:
        """What ``upload.whole.whole_picture`` says of a file that passed the limits of whoever asks."""
        return self.ask({"want": "whole"}, data)

    def ask(self, wanted: dict[str, Any], *files: bytes) -> Answer | Refusal:
        """A process's answer to a question that its program knows; a refusal where it failed over it.

        The question is ``wanted["want"]``. The answer comes from a process that has seen hostile bytes:
        whoever asks checks it like any other input.
        """
        answer = self._threads.submit(self._ask, wanted, files).result()
        if isinstance(answer, Refusal) or "refusal" not in answer[0]:
            return answer
        try:
            code, detail = answer[0]["refusal"]
            return refusal_from(code, str(detail), self.limits)
        except (TypeError, ValueError):
            return unreadable("the decoder gave no sensible answer over it")

    def _ask(self, wanted: dict[str, Any], files: Sequence[bytes]) -> Answer | Refusal:
        worker = self._idle.get()
        try:
            worker = worker or self._started()
            answer = worker.ask(wanted, files)
            if isinstance(answer, Refusal):
                self._alive.discard(worker)
                worker = None
                self.respawned += 1
            elif isinstance(seconds := answer[0].get("seconds"), float):
                self.slowest = max(self.slowest, seconds)
        finally:
            self._idle.put(worker)
        return answer

    def _started(self) -> _Worker:
        """A new process, watched from now on."""
        worker = _Worker(self.limits, self._command)
        self._alive.add(worker)
        with self._starting:  # two threads may both need their first process
            if self._watcher.ident is None:
                self._watcher.start()
        return worker

    def _watch(self) -> None:
        """End processes whose answers are overdue, until the guard is closed."""
        while not self._closed.wait(_WATCHED):
            for worker in tuple(self._alive):
                worker.watch()
