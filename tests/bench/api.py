"""The images API with its queue, worker and Prefect run, against calling the pipeline directly, in turn."""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from fairstock.access import keys
from fairstock.bootstrap import App
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.settings import Settings
from fairstock.web.children import Children, wait_for_page

ROUNDS = {1: 7, 10: 3}
"""Requests of each number of pictures; medians are compared, and minima, which other work disturbs less."""
SIZE = 512
PORT = 18420
READY_SECONDS = 300


def run(home: str) -> Iterator[str]:
    """Median seconds of a request for one and for ten pictures, and what of it is not the pipeline."""
    app = App(Settings(home=Path(home), public_url=f"http://127.0.0.1:{PORT}"))
    with app.transaction() as conn:
        parties.add_party(
            conn, handle="bench", name="Bench", kind=PartyKind.buyer, roles={Role.buyer}, country="FI"
        )
        secret = keys.create(
            conn, "bench", app.clock, requests_per_minute=10_000, images_per_minute=10_000
        ).secret
    app.generator.generate("a red apple", [0], SIZE)
    headers = {"Authorization": f"Bearer {secret}"}
    with _served(app) as url, httpx.Client(base_url=url, headers=headers, timeout=300) as client:
        _ask(client, 1)
        for n, rounds in ROUNDS.items():
            direct, asked = [], []
            for turn in range(rounds):
                seeds = list(range(1000 * turn, 1000 * turn + n))
                direct.append(_timed(lambda seeds=seeds: app.generator.generate("a red apple", seeds, SIZE)))  # type: ignore[misc]
                asked.append(_timed(lambda n=n: _ask(client, n)))  # type: ignore[misc]
            plain, whole = statistics.median(direct), statistics.median(asked)
            yield (
                f"{n} picture(s) of {SIZE} px: pipeline {plain:.2f} s, through the API {whole:.2f} s:"
                f" {100 * (whole / plain - 1):+.0f} %; the quickest {min(direct):.2f} and {min(asked):.2f} s:"
                f" {100 * (min(asked) / min(direct) - 1):+.0f} %"
            )
    app.engine.dispose()


def _ask(client: httpx.Client, n: int) -> None:
    body = {"prompt": "a red apple", "n": n, "size": f"{SIZE}x{SIZE}"}
    client.post("/v1/images/generations", json=body).raise_for_status()


def _timed(work: object) -> float:
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began


@contextmanager
def _served(app: App) -> Iterator[str]:
    """The pages' server and one worker, as `fairstock up` starts them."""
    environment = {
        **os.environ,
        "FAIRSTOCK_DATABASE_URL": app.database_url,
        "FAIRSTOCK_PUBLIC_URL": app.settings.public_url,
    }
    pages = ["-m", "uvicorn", "--factory", "fairstock.web.asgi:make", "--port", str(PORT), "--no-access-log"]
    with Children(app.home / "logs") as children:
        worker = children.start("model", ["-m", "fairstock", "worker"], environment)
        server = children.start("web", pages, environment)
        worker.wait_for_line("Ready: the model", READY_SECONDS)
        wait_for_page(f"{app.settings.public_url}/sign-in", server, READY_SECONDS)
        yield app.settings.public_url
