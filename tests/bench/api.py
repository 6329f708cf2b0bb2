"""The images API with its queue, worker and Prefect run, against calling the pipeline directly, in turn.

Compared are seconds of a whole request, from the client's side, and of ``app.generator.generate`` for as many
seeds in this process: one after the other in every round, so that what else the machine does meets both.
Medians say what is usual, minima what the code costs where nothing stood in its way. What lies between them
is then taken apart: the same steps, in this process, each by itself.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from fairstock.access import keys
from fairstock.bootstrap import App
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.settings import Settings
from fairstock.web.children import Children, wait_for_page
from tests.bench.api_parts import parts

ROUNDS = {1: 15, 10: 5}
"""Rounds of each number of pictures."""
SIZE = 512
PROMPT = "a red apple"
PORT = 18420
READY_SECONDS = 300


def run(home: str) -> Iterator[str]:
    """What a request for one and for ten pictures takes beside the pipeline, and where the rest goes."""
    app = App(Settings(home=Path(home), public_url=f"http://127.0.0.1:{PORT}"))
    with app.transaction() as conn:
        parties.add_party(
            conn, handle="bench", name="Bench", kind=PartyKind.buyer, roles={Role.buyer}, country="FI"
        )
        made = keys.create(conn, "bench", app.clock, requests_per_minute=10_000, images_per_minute=10_000)
    app.generator.generate(PROMPT, [0], SIZE)
    headers = {"Authorization": f"Bearer {made.secret}"}
    with _served(app) as url, httpx.Client(base_url=url, headers=headers, timeout=300) as client:
        _ask(client, 1)
        for n, rounds in ROUNDS.items():
            yield _compared(app, client, n, rounds)
    yield "one picture beside the pipeline, step by step in this process (wall / processor time):"
    yield from parts(app, made.key, PROMPT, SIZE)
    app.engine.dispose()


def _compared(app: App, client: httpx.Client, n: int, rounds: int) -> str:
    direct, asked = [], []
    for turn in range(rounds):
        seeds = list(range(1000 * turn, 1000 * turn + n))
        both = [
            (direct, lambda seeds=seeds: app.generator.generate(PROMPT, seeds, SIZE)),
            (asked, lambda: _ask(client, n)),
        ]
        for times, work in both if turn % 2 else reversed(both):  # who comes second finds the machine warmer
            times.append(_timed(work))
    plain, whole = statistics.median(direct), statistics.median(asked)
    least, quickest, what = min(direct), min(asked), f"{n} picture(s) of {SIZE} px, {rounds} rounds"
    return (
        f"{what}: pipeline {plain:.2f} s, through the API {whole:.2f} s:"
        f" {100 * (whole / plain - 1):+.0f} % of medians; the quickest {least:.2f} and {quickest:.2f} s:"
        f" {100 * (quickest / least - 1):+.0f} %, {1000 * (quickest - least):.0f} ms"
    )


def _ask(client: httpx.Client, n: int) -> None:
    body = {"prompt": PROMPT, "n": n, "size": f"{SIZE}x{SIZE}"}
    client.post("/v1/images/generations", json=body).raise_for_status()


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def _served(app: App) -> Iterator[str]:
    """The pages' server and one worker, as `fairstock up` starts them."""
    environment = {
        **os.environ,
        "FAIRSTOCK_DATABASE_URL": app.database_url,
        "FAIRSTOCK_PUBLIC_URL": app.settings.public_url,
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(READY_SECONDS),
    }
    pages = ["-m", "uvicorn", "--factory", "fairstock.web.asgi:make", "--port", str(PORT), "--no-access-log"]
    with Children(app.home / "logs") as children:
        worker = children.start("model", ["-m", "fairstock", "worker"], environment)
        server = children.start("web", pages, environment)
        worker.wait_for_line("Ready: the model", READY_SECONDS)
        wait_for_page(f"{app.settings.public_url}/sign-in", server, READY_SECONDS)
        yield app.settings.public_url
