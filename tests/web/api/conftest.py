"""The API behind a real server on loopback, over a real database, with a worker and a quick model."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import c2pa
import httpx
import numpy as np
import pytest
import uvicorn
from factories.core import add_buyer
from fakes.pictures import FakeFeatures, FakeGenerator
from PIL import Image
from sqlalchemy import text

from fairstock.access import keys
from fairstock.bootstrap import App
from fairstock.db.checks import run_checks
from fairstock.kit.money import Money
from fairstock.web.app import create_app
from flows.serve_generation import work_once


@dataclass
class Studio:
    """A running API, its worker, and what a test wants to know of them."""

    app: App
    url: str
    generator: FakeGenerator
    stopped: threading.Event = field(default_factory=threading.Event)
    paused: threading.Event = field(default_factory=threading.Event)
    """While set, the worker takes nothing."""

    def key(self, budget: int | None = None, **limits: int) -> str:
        """A new key's secret; the budget is in micro-dollars."""
        limits = {"requests_per_minute": 1000, "images_per_minute": 1000, **limits}
        with self.app.transaction() as conn:
            add_buyer(conn)
            money = None if budget is None else Money(budget, "USD")
            return keys.create(conn, "studio", self.app.clock, budget=money, **limits).secret

    def client(self, secret: str | None = None, **options: Any) -> httpx.Client:
        """A plain client with a key."""
        secret = secret or self.key()
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {secret}"}, timeout=60, **options
        )

    def count(self, what: str) -> int:
        """How many rows a query counts."""
        with self.app.transaction() as conn:
            return int(conn.scalar(text(f"SELECT count(*) FROM {what}")) or 0)  # noqa: S608  # our own text

    def checks(self) -> list[str]:
        """Names of the rules that do not hold."""
        with self.app.transaction() as conn:
            return [rule.name for rule in run_checks(conn)]

    def work(self) -> None:
        """Draw what waits until the test ends."""
        while not self.stopped.is_set():
            if self.paused.is_set() or self.count("generation_queue") == 0:
                time.sleep(0.02)
                continue
            try:
                work_once(self.app)
            except Exception as error:  # as the flow does: noted, and the buyer is told
                self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        from fairstock.generation.fulfil import give_up

        with self.app.transaction() as conn:
            for request_id in conn.scalars(text("SELECT request_id FROM generation_queue")).all():
                give_up(conn, request_id, str(error), self.app.clock)


def eventually(true: Callable[[], bool]) -> bool:
    """Whether something becomes true within ten seconds."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def picture_file(form: str = "PNG", edge: int = 256, mode: str = "RGB", **options: Any) -> bytes:
    """A picture as a file."""
    channels = {"RGB": 3, "RGBA": 4}[mode]
    cells = np.random.default_rng(edge).integers(0, 256, (edge, edge, channels), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(cells).save(out, form, **options)
    return out.getvalue()


def mask_file(edge: int = 256) -> bytes:
    """A mask whose upper half is to be edited."""
    mask = Image.new("RGBA", (edge, edge), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, edge, edge // 2))
    out = io.BytesIO()
    mask.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def public_url(monkeypatch: pytest.MonkeyPatch) -> str:
    """A free address on loopback, set before the app reads its settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    monkeypatch.setenv("FAIRSTOCK_PUBLIC_URL", url)
    return url


@pytest.fixture
def studio(public_url: str, app: App) -> Iterator[Studio]:
    """The API at ``public_url``, with a worker."""
    generator = FakeGenerator()
    app.__dict__["generator"], app.__dict__["features"] = generator, FakeFeatures()
    assert app.signer  # makes its keys now
    running = Studio(app, public_url, generator)
    server = uvicorn.Server(
        uvicorn.Config(create_app(app), port=int(public_url.rpartition(":")[2]), log_level="critical")
    )
    threads = [threading.Thread(target=each, daemon=True) for each in (server.run, running.work)]
    for thread in threads:
        thread.start()
    assert eventually(lambda: server.started)
    yield running
    running.stopped.set()
    server.should_exit = True
    for thread in threads:
        thread.join(20)
    app.news.close()


def trusted_store(studio: Studio, data: bytes) -> dict[str, Any]:
    """A PNG's manifests, read by C2PA's own library, which must find the whole trusted under our root."""
    settings = {"trust": {"user_anchors": studio.app.keyring.anchors().decode()}}
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Reader("image/png", io.BytesIO(data), context=context) as reader,
    ):
        assert reader.get_validation_state() == "Trusted"
        return dict(json.loads(reader.json()))
