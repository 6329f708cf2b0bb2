"""The images API with its queue, worker and Prefect run, against calling the pipeline directly, in turn.

Compared are seconds of a whole request, from the client's side; of the pipeline that makes a licensed picture
(moderation, drawing, looks, watermark, signature, catalogue; no sale), called here without API, queue
and Prefect; and of drawing alone, ``app.generator.generate``. All three in every round, so that what else
the machine does meets them alike. Medians say what is usual, minima what the code costs where nothing stood
in its way. The steps beside drawing are then timed in this process, each by itself.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
from prefect.logging import disable_run_logger

from fairstock.access import keys
from fairstock.bootstrap import App, get_app
from fairstock.kit.ids import new_id
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.settings import Settings
from fairstock.web.children import Children, wait_for_page
from flows.generate_images import make_one, moderate_and_record
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
    _make(1)
    headers = {"Authorization": f"Bearer {made.secret}"}
    with _served(app) as url, httpx.Client(base_url=url, headers=headers, timeout=300) as client:
        _ask(client, 1)
        for n, rounds in ROUNDS.items():
            yield _compared(app, client, n, rounds)
    yield "one picture beside the pipeline, step by step in this process (wall / processor time):"
    yield from parts(app, made.key, PROMPT, SIZE)
    for each in (app, get_app()):
        each.engine.dispose()


def _compared(app: App, client: httpx.Client, n: int, rounds: int) -> str:
    ways: dict[str, Callable[[Sequence[int]], object]] = {
        "drawn": lambda seeds: app.generator.generate(PROMPT, seeds, SIZE),
        "made": lambda seeds: _make(len(seeds)),
        "asked": lambda seeds: _ask(client, len(seeds)),
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds):
        seeds = list(range(1000 * turn, 1000 * turn + n))
        order = list(ways) if turn % 2 else list(reversed(ways))  # who comes later finds the machine warmer
        for way in order:
            times[way].append(_timed(partial(ways[way], seeds)))
    told = [f"{n} picture(s) of {SIZE} px, {rounds} rounds, medians (quickest)"]
    usual = {way: statistics.median(each) for way, each in times.items()}
    told += [f"{way} in {usual[way]:.2f} ({min(times[way]):.2f}) s" for way in ways]
    for way in ("made", "drawn"):
        share, least = usual["asked"] / usual[way] - 1, min(times["asked"]) / min(times[way]) - 1
        told.append(f"asked for against {way}: {100 * share:+.0f} % ({100 * least:+.0f} %)")
    return "; ".join(told)


def _make(n: int) -> None:
    """A request of the bench's buyer through the flow's own steps, here and now."""
    wanted = {"key": new_id("bench"), "buyer": "bench", "prompt": PROMPT, "n": n, "size": SIZE}
    with disable_run_logger():
        ((request_id, _),) = moderate_and_record.fn([wanted])
        make_one(request_id)


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
