"""A few seeds of the simulated year; RESULTS.md says how many were run elsewhere."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from factories.core import sale as booked
from factories.core import usd
from sqlalchemy import Connection, Engine, text

from fairstock.ledger.post import post
from fairstock.payout.ports import BankUnreachable
from fairstock.simulate import run
from fairstock.simulate.act import ACTS
from fairstock.simulate.bank import SimulatedBank
from fairstock.simulate.many import BadProgress, BadSeeds, Task, done_before, play, play_all, seeds_of
from fairstock.simulate.model import Plan, Size
from fairstock.simulate.plan import plan
from fairstock.simulate.post_box import PostBox
from fairstock.simulate.programs import COMMANDS, complaints, installed
from fairstock.simulate.run import SimulationBroke, Stage, simulate

SMALL = Size(days=40, contributors=6, sales=15)
TINY = Size(days=20, contributors=4, sales=6)


@pytest.fixture(scope="module")
def stage(server: str) -> Stage:
    return Stage(server)


@pytest.mark.parametrize("seed", [1])
def test_crashes_change_nothing_and_the_books_are_in_order(stage: Stage, seed: int) -> None:
    row = play(stage, seed, Task(SMALL, 6))
    assert row["troubles"] == []
    assert row["crashes"] > 0
    assert row["transactions"] > 30
    assert row["statements"] > 0


def test_another_seed_is_another_year(stage: Stage) -> None:
    one, two = (simulate(stage, seed, SMALL, crashes=0, papers=False) for seed in (3, 4))
    assert one.books != two.books
    assert one.kinds.keys() | two.kinds.keys() >= {
        "sale",
        "refund",
        "deal",
        "payout",
        "settlement",
        "adjustment",
    }


def test_the_plan_follows_from_the_seed_alone() -> None:
    assert plan(7, SMALL) == plan(7, SMALL)
    kinds = Counter(message.kind for seed in range(9) for message in plan(seed, SMALL).deliveries)
    assert set(kinds) == set(ACTS)


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
    stage: Stage, monkeypatch: pytest.MonkeyPatch, theft: str, found: str
) -> None:
    """The audit would notice: the same year, with a hand in the till before it is looked at."""
    honest = run._in_peace

    def in_peace(script: Plan, engine: Engine, home: Path) -> int:
        killed = honest(script, engine, home)
        with engine.begin() as conn:
            conn.execute(text("SET LOCAL session_replication_role = replica"))  # no trigger looks
            conn.execute(text(theft))
        return killed

    monkeypatch.setattr(run, "_in_peace", in_peace)
    troubles = simulate(stage, 1, TINY, crashes=0).troubles
    assert any(found in trouble for trouble in troubles)


def test_an_error_that_no_rule_explains_stops_the_simulation(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(run, "act", broken)
    for crashes in (0, 1):
        with pytest.raises(SimulationBroke, match="a bug"):
            simulate(stage, 1, TINY, crashes=crashes)
    assert "a bug" in play(stage, 1, Task(TINY, 1))["troubles"][0]


def test_seeds_are_a_number_or_a_range() -> None:
    assert list(seeds_of("3", 7)) == [7, 8, 9]
    assert list(seeds_of("3:5", 7)) == [3, 4, 5]
    for text_ in ("", "0", "5:3", "a", "1:", ":2", "1:2:3"):
        with pytest.raises(BadSeeds):
            seeds_of(text_, 1)


def test_a_file_of_progress_knows_what_was_in_order(tmp_path: Path) -> None:
    task, path = Task(TINY, 2), tmp_path / "progress.jsonl"
    assert done_before(path, task) == set()
    rows = [
        {**task.named(1), "troubles": []},
        {**task.named(2), "troubles": ["a cent is missing"]},
        {**Task(SMALL, 2).named(3), "troubles": []},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert done_before(path, task) == {1}
    path.write_text("something else\n")
    with pytest.raises(BadProgress, match="Line 1"):
        done_before(path, task)


def test_seeds_are_played_by_several_processes(server: str) -> None:
    rows = list(play_all(server, [11, 12], Task(TINY, 2), jobs=2))
    assert [(row["seed"], row["troubles"]) for row in rows] == [(11, []), (12, [])]


def test_a_message_in_work_is_delivered_again_and_no_other(tmp_path: Path) -> None:
    """Wherever the process dies, the messages that the next one sees go on with the one that was in work."""
    script, dice = plan(5, SMALL), random.Random(5)

    def delivered(home: Path, mortality: float) -> list[str]:
        seen: list[str] = []
        home.mkdir()
        box = PostBox(home, script)
        while message := box.next():
            if dice.random() < mortality:
                box = PostBox(home, script)
                continue
            seen.append(message.key)
            if message.kind == "refund" and len(seen) % 3:
                box.later()
            else:
                box.done()
        return seen

    assert delivered(tmp_path / "calm", 0) == delivered(tmp_path / "rough", 0.3)


def test_what_the_bank_does_depends_on_the_day_and_not_on_how_often_it_is_asked(tmp_path: Path) -> None:
    def told(folder: Path, times: int) -> list[object]:
        bank, said = SimulatedBank(folder, 7), []
        for day in (4, 8, 21, 57):
            bank.now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
            for _ in range(times):
                last = [_sent(bank, f"pay_{number}") for number in range(40)]
                notices = bank.notices([f"pay_{number}" for number in range(40)])
            said.append((last, notices))
        return [*said, bank.paid(), bank.arrived()]

    assert told(tmp_path / "once", 1) == told(tmp_path / "often", 3)
    states = {notice.state for notice in SimulatedBank(tmp_path / "once", 7).notices([])}
    assert states == set()


def _sent(bank: SimulatedBank, key: str) -> object:
    try:
        return bank.send(key, "somebody", "SIM-1", usd(10_000))
    except BankUnreachable as error:
        return str(error)


@pytest.mark.skipif(len(installed()) < len(COMMANDS), reason="bean-check or hledger is not installed")
def test_other_programs_find_what_is_wrong(conn: Connection, tmp_path: Path) -> None:
    post(conn, booked(fund=1, price=3))
    assert complaints(conn, tmp_path) == []
    conn.execute(text("SET LOCAL session_replication_role = replica"))
    conn.execute(text("UPDATE ledger_posting SET amount_micros = amount_micros + 1 WHERE amount_micros = 3"))
    assert [told.split()[0] for told in complaints(conn, tmp_path)] == ["bean-check", "hledger"]
