"""A few seeds of the simulated year; RESULTS.md says how many were run elsewhere."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from fairstock.db.engine import connect
from fairstock.simulate import run
from fairstock.simulate.model import Plan, Size
from fairstock.simulate.plan import plan
from fairstock.simulate.run import SimulationBroke, simulate

SMALL = Size(days=62, contributors=8, sales=40)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_crashes_change_nothing_and_the_books_are_in_order(server: str, seed: int) -> None:
    calm = simulate(seed, SMALL, server, crashes=0)
    rough = simulate(seed, SMALL, server, crashes=5)
    assert calm.troubles == rough.troubles == ()
    assert calm.books == rough.books
    assert calm.transactions > 30
    assert rough.crashes > 0


def test_another_seed_is_another_year(server: str) -> None:
    assert simulate(4, SMALL, server, crashes=0).books != simulate(5, SMALL, server, crashes=0).books


def test_the_plan_follows_from_the_seed_alone() -> None:
    assert plan(7, SMALL) == plan(7, SMALL)
    kinds = {message.kind for message in plan(7, SMALL).deliveries}
    assert kinds >= {"account", "picture", "sale", "refund", "deal", "attribute", "close", "pay"}


def test_messages_come_late_and_twice() -> None:
    deliveries = plan(7, Size(200, 8, 200)).deliveries
    keys = [message.key for message in deliveries]
    moments = [message.at for message in deliveries]
    assert len(set(keys)) < len(keys)
    assert moments != sorted(moments)


@pytest.mark.parametrize(
    ("theft", "found"),
    [
        (
            "UPDATE ledger_posting SET amount_micros = amount_micros + 1 WHERE account = 'revenue:house'",
            "sum",
        ),
        (
            "DELETE FROM fund_allocation WHERE work_sha256 = (SELECT min(work_sha256) FROM fund_allocation)",
            "fund",
        ),
    ],
)
def test_books_that_somebody_falsified_are_not_in_order(
    server: str, monkeypatch: pytest.MonkeyPatch, theft: str, found: str
) -> None:
    """The audit would notice: the same year, with a hand in the till before it is looked at."""
    honest = run._play

    def play(script: Plan, url: str, *rest: object) -> int:
        killed = honest(script, url, *rest)  # type: ignore[arg-type]
        engine = connect(url)
        with engine.begin() as conn:
            conn.execute(text("SET LOCAL session_replication_role = replica"))  # no trigger looks
            conn.execute(text(theft))
        engine.dispose()
        return killed

    monkeypatch.setattr(run, "_play", play)
    troubles = simulate(1, SMALL, server, crashes=0).troubles
    assert any(found in trouble for trouble in troubles)


def test_an_error_that_no_rule_explains_stops_the_simulation(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(run, "act", broken)
    with pytest.raises(SimulationBroke, match="a bug"):
        simulate(1, SMALL, server, crashes=0)
