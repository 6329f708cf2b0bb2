"""The worker that keeps the model warm: makes, sells, survives failures, and gives back what it had taken."""

from __future__ import annotations

import pytest
from factories.core import add_buyer
from factories.processes import run_until_killed
from fakes.pictures import FakeFeatures, FakeGenerator
from sqlalchemy import text

from fairstock.bootstrap import App
from fairstock.db.checks import run_checks
from fairstock.generation import queue as use
from fairstock.generation import store
from fairstock.generation.model import Order, RequestState
from flows.serve_generation import serve_generation, work_once

pytestmark = pytest.mark.usefixtures("prefect_harness")


@pytest.fixture
def shop(app: App, monkeypatch: pytest.MonkeyPatch) -> App:
    """The wired app with a quick model and a buyer."""
    monkeypatch.setitem(app.__dict__, "generator", FakeGenerator())
    monkeypatch.setitem(app.__dict__, "features", FakeFeatures())
    with app.transaction() as conn:
        add_buyer(conn)
    return app


def ask(app: App, key: str, prompt: str = "a red apple", n: int = 1, *, sell: bool = True) -> str:
    """A pending request in the queue."""
    with app.transaction() as conn:
        order = Order(key, add_buyer(conn), prompt, n, 256)
        request = store.add(conn, order, RequestState.pending, {"decision": "allow"}, app.clock.now())
        use.submit(conn, request.id, app.clock, sell=sell)
    return request.id


def state(app: App, request_id: str) -> RequestState:
    with app.transaction() as conn:
        return store.get(conn, request_id).state


def sales(app: App) -> int:
    with app.transaction() as conn:
        return int(conn.scalar(text("SELECT count(*) FROM license_sale")) or 0)


def checks_hold(app: App) -> bool:
    with app.transaction() as conn:
        return run_checks(conn) == []


def test_what_waits_is_made_and_sold_once(shop: App) -> None:
    sold, free = ask(shop, "sold", n=2), ask(shop, "free", sell=False)
    assert serve_generation(idle_seconds=0.1) == {"requests": 2, "pictures": 3}
    assert [state(shop, each) for each in (sold, free)] == [RequestState.done] * 2
    assert sales(shop) == 2
    assert work_once(shop) == 0
    assert checks_hold(shop)


def test_a_request_that_cannot_be_made_fails_and_the_others_of_its_batch_are_made(
    shop: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def before(prompt: str) -> None:
        if "broken" in prompt:
            raise RuntimeError("no paint")

    monkeypatch.setitem(shop.__dict__, "generator", FakeGenerator(before))
    broken, whole = ask(shop, "broken", "a broken vase"), ask(shop, "whole")
    assert serve_generation(idle_seconds=0.1)["requests"] == 2
    assert (state(shop, broken), state(shop, whole)) == (RequestState.failed, RequestState.done)
    assert sales(shop) == 1
    assert checks_hold(shop)


def test_a_request_cancelled_while_it_is_drawn_stops_and_costs_nothing(
    shop: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def before(prompt: str) -> None:
        drawn.append(prompt)
        if len(drawn) == 2:
            with shop.transaction() as conn:
                use.cancel(conn, asked, shop.clock)

    asked = ask(shop, "cancelled", n=10)
    monkeypatch.setitem(shop.__dict__, "generator", FakeGenerator(before))
    assert work_once(shop) == 0
    assert len(drawn) == 2
    assert state(shop, asked) is RequestState.failed
    assert sales(shop) == 0
    assert checks_hold(shop)


CHILD = """
import os, signal
from fakes.pictures import FakeFeatures, FakeGenerator
from fairstock.bootstrap import get_app
from flows.serve_generation import serve_generation
app = get_app()
drawn = []
def before(prompt):
    drawn.append(prompt)
    if len(drawn) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
app.__dict__["generator"] = FakeGenerator(before)
app.__dict__["features"] = FakeFeatures()
serve_generation()
"""
"""Killed while it draws the second picture of the request: the first of the three is drawn to warm up."""


def test_a_killed_workers_request_is_made_by_the_next_and_sold_once(shop: App) -> None:
    asked = ask(shop, "killed", n=3)
    run_until_killed(CHILD)
    assert state(shop, asked) is RequestState.pending
    assert serve_generation(idle_seconds=0.1) == {"requests": 1, "pictures": 3}
    assert sales(shop) == 3
    assert checks_hold(shop)


def test_sales_have_the_price_of_their_size(shop: App) -> None:
    asked = ask(shop, "priced")
    work_once(shop)
    with shop.transaction() as conn:
        (asset_id,) = store.asset_ids(conn, asked)
        found = conn.execute(
            text("SELECT amount_micros FROM license_sale WHERE asset_id = :asset"), {"asset": asset_id}
        )
        assert [row.amount_micros for row in found] == [16_000]
