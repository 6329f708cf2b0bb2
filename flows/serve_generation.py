"""Keeps the model warm, and makes the pictures that buyers wait for.

One run of this flow is one worker: it takes what waits, fairest first, a few requests at a time, and each
batch is one task. Any number of workers may run. One that dies gives back what it had taken, since the
database frees its lock; the next worker makes the same pictures from the same seeds.
"""

from __future__ import annotations

import io
import math
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image
from prefect import flow, get_run_logger

from fairstock.bootstrap import App, get_app
from fairstock.db.bell import Bell
from fairstock.db.locks import held
from fairstock.generation.queue import WORK, WORKERS, expire
from fairstock.generation.store import queue
from fairstock.process import let_give_way, on_signals
from flows.generate_images import make_one, make_pictures, note_failures

BATCH = 4
"""Requests in one task, ten pictures in all: Prefect's milliseconds are shared, nobody waits behind many."""


@flow(name="serve_generation")
def serve_generation(idle_seconds: float | None = None) -> dict[str, int]:
    """Make what the queue holds until asked to stop (SIGTERM, Ctrl-C), or until nothing came for
    ``idle_seconds``.

    Returns counts: requests taken, pictures made.

    Args:
        idle_seconds: Stop after so many seconds without work; empty: when it is cancelled.
    """
    app = get_app()
    _warm(app)
    let_give_way("prefect.server")
    taken = made = 0
    alive = held(app.engine, f"worker:{uuid.uuid4()}")
    among = held(app.engine, WORKERS, shared=True)
    with _until_stopped() as stopped, among, alive as worker, Bell(app.engine, WORK) as bell:
        get_run_logger().info("Ready: the model %s is loaded.", app.generator.release_id)
        while batch := _next_batch(app, bell, worker, stopped, idle_seconds):
            made += make(batch)
            taken += len(batch)
    return {"requests": taken, "pictures": made}


def work_once(app: App) -> int:
    """Make what waits now, without Prefect around it; returns how many pictures were made.

    For tests and for scripts; failures are raised, and note nothing.
    """
    with held(app.engine, f"worker:{uuid.uuid4()}") as worker:
        made = 0
        while batch := _take(app, worker):
            made += sum(make_one(request_id) for request_id in batch)
        return made


def make(request_ids: list[str]) -> int:
    """One batch, with failures noted where retrying did not help."""
    state = make_pictures(request_ids, return_state=True)
    result = state.result(raise_on_failure=False)
    if isinstance(result, Exception):
        note_failures(request_ids, result)
        return 0
    return int(result)


def _take(app: App, worker: int) -> list[str]:
    """What to make next; without anything to make, there is time to give up what waited too long."""
    with app.transaction(durable=False) as conn:  # a power cut ends the worker too
        taken = queue.take(conn, worker, BATCH, app.clock.now())
        if not taken:
            expire(conn, app.clock)
        return taken


def _next_batch(
    app: App, bell: Bell, worker: int, stopped: threading.Event, idle_seconds: float | None
) -> list[str] | None:
    """The next requests, as soon as there are any; nothing when it is time to stop. The bell looks every few
    seconds of itself, so that requests whose limit is over are found too.
    """
    return bell.wait_until(
        lambda: [] if stopped.is_set() else _take(app, worker) or None,
        key="",
        timeout_seconds=math.inf if idle_seconds is None else idle_seconds,
    )


def _warm(app: App) -> None:
    """Load weights and keys now, so that the first buyer does not wait for them."""
    size = min(app.generator.sizes)
    (draft,) = app.generator.generate("a red apple", [0], size)
    with Image.open(io.BytesIO(draft.png)) as picture:
        app.features.embed([picture])
    assert app.signer  # noqa: S101  # made at its first use


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """An event that SIGTERM and Ctrl-C set, where signals can be had (the main thread)."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    with on_signals(lambda _: stopped.set(), signal.SIGTERM, signal.SIGINT):
        yield stopped
