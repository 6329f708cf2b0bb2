"""Waiting for another process without asking again and again: one LISTEN connection a process and channel."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

import psycopg
from sqlalchemy import Engine

from fairstock.db.engine import for_psycopg

LOOK_AGAIN_SECONDS = 2.0
"""How long a ring may be missed (a lost connection) before whoever waits looks for themselves."""

Found = TypeVar("Found")


class Bell:
    """Wakes waiting threads when PostgreSQL notifies the channel; the payload is the key they wait for."""

    def __init__(self, engine: Engine, channel: str) -> None:
        self._url = for_psycopg(engine.url)
        self._channel = channel
        self._waiting: dict[str, set[threading.Event]] = defaultdict(set)
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def wait_until(
        self, look: Callable[[], Found | None], *, key: str, timeout_seconds: float
    ) -> Found | None:
        """What ``look`` finds, asked at once, at each ring for ``key`` and now and then; None when time is
        over.
        """
        rung = threading.Event()
        with self._guard:
            self._waiting[key].add(rung)
            self._listen()
        deadline = time.monotonic() + timeout_seconds
        try:
            while (found := look()) is None:
                left = deadline - time.monotonic()
                if left <= 0 or self._closed.is_set():
                    return None
                rung.wait(min(left, LOOK_AGAIN_SECONDS))
                rung.clear()
            return found
        finally:
            with self._guard:
                self._waiting[key].discard(rung)
                if not self._waiting[key]:
                    del self._waiting[key]

    def close(self) -> None:
        """Stop listening; whoever waits is let go."""
        self._closed.set()
        self._ring_all()
        if self._thread:
            self._thread.join(timeout=LOOK_AGAIN_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _listen(self) -> None:
        """Start the listening thread at the first wait; the guard is held."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name=f"bell-{self._channel}")
            self._thread.start()

    def _run(self) -> None:
        while not self._closed.is_set():
            with suppress(psycopg.Error), psycopg.connect(self._url, autocommit=True) as conn:
                conn.execute(f'LISTEN "{self._channel}"')
                self._ring_all()  # what happened before we listened
                self._pass_on(conn)
            self._closed.wait(0.5)  # the connection was lost: not at once again

    def _pass_on(self, conn: psycopg.Connection) -> None:
        while not self._closed.is_set():
            for notice in conn.notifies(timeout=0.5):
                self._ring(notice.payload)

    def _ring(self, key: str) -> None:
        with self._guard:
            for rung in self._waiting.get(key, ()):
                rung.set()

    def _ring_all(self) -> None:
        with self._guard:
            for each in self._waiting.values():
                for rung in each:
                    rung.set()
