"""What a proposed policy would have changed; policies by date; a close that is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from factories.core import add_buyer, add_contributor, usd
from factories.money import (
    AFTER,
    IN_PERIOD,
    PERIOD,
    add_generated,
    add_licensed_works,
    add_release,
    attribute,
    sell_one,
)
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from fairstock.bootstrap import App
from fairstock.db.checks import run_checks
from fairstock.db.transaction import transaction
from fairstock.fund import policy as policies
from fairstock.fund import store
from fairstock.fund.close import close
from fairstock.fund.deals import book_deal
from fairstock.fund.model import WHOLE_PPB
from fairstock.fund.policy import policy_in_force
from fairstock.fund.replay import NothingToReplay, Totals, replay
from fairstock.kit.clock import FixedClock

NEXT = FixedClock(datetime(2026, 11, 20, tzinfo=UTC))
DECEMBER = FixedClock(datetime(2026, 12, 2, tzinfo=UTC))


def open_month(conn: Connection) -> tuple[str, str, dict[str, str]]:
    """A month with a sale and a deal: the picture, the buyer, and the contributors by work."""
    buyer, ann, bob = add_buyer(conn), add_contributor(conn, "ann"), add_contributor(conn, "bob")
    people = {"cat": ann, "dog": bob}
    add_release(conn, {"cat": (ann, 1), "dog": (bob, 2)})
    picture = add_generated(conn, buyer)
    attribute(conn, picture, {"cat": WHOLE_PPB}, people, reliability_ppb=WHOLE_PPB)
    sell_one(conn, picture, buyer, "1")
    works = add_licensed_works(conn, bob, [1])
    book_deal(conn, key="1", buyer_id=buyer, price=usd(1_000), asset_ids=works, clock=IN_PERIOD)
    return picture, buyer, people


def test_the_same_policy_changes_nothing(conn: Connection) -> None:
    picture, _, people = open_month(conn)
    close(conn, PERIOD, AFTER)
    attribute(conn, picture, {"dog": WHOLE_PPB}, people, reliability_ppb=5)  # found later: it does not count
    found = replay(conn, policy_in_force())
    assert (found.period, found.before) == (PERIOD, found.after)
    assert found.before == {"USD": Totals(usd(6_500), usd(5_000), usd(1_500))}
    assert all(each.before == each.after for each in found.changes)
    assert len(found.changes) == 2


def test_a_replay_shows_gains_and_losses_and_books_nothing(conn: Connection) -> None:
    open_month(conn)
    close(conn, PERIOD, AFTER)
    kept = conn.execute(text("SELECT count(*), sum(amount_micros) FROM fund_allocation")).one()
    proposed = replace(
        policy_in_force(), version="next", floor_ppm=0, sale_share_ppm=600_000, deal_share_ppm=250_000
    )
    step = conn.begin_nested()
    found = replay(conn, proposed, PERIOD)
    with pytest.raises(DatabaseError, match="read-only"), conn.begin_nested():
        conn.execute(text("DELETE FROM fund_period"))
    step.rollback()
    # 20,000 × 0.6 all to influence, of which ann may have half; the deal's 1,000 × 0.25 are bob's
    assert found.after == {"USD": Totals(usd(12_250), usd(6_250), usd(6_000))}
    assert {each.handle: (each.before.micros, each.after.micros) for each in found.changes} == {
        "ann": (1_500 + 1_500, 6_000),
        "bob": (1_500 + 500, 250),
    }
    assert conn.execute(text("SELECT count(*), sum(amount_micros) FROM fund_allocation")).one() == kept
    conn.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert run_checks(conn) == []


def test_only_closed_periods_are_replayed(conn: Connection) -> None:
    with pytest.raises(NothingToReplay, match="No period is closed yet"):
        replay(conn, policy_in_force())
    open_month(conn)
    with pytest.raises(NothingToReplay, match="2026-10 is not closed"):
        replay(conn, policy_in_force(), PERIOD)


def test_the_command(app: App, tmp_path: Path) -> None:
    with app.transaction() as conn:
        open_month(conn)
        close(conn, PERIOD, AFTER)
    file = tmp_path / "proposed.toml"
    file.write_text(policy_in_force().body.replace("2026-2", "next").replace('floor = "0.50"', 'floor = "1"'))
    program = [str(Path(sys.executable).parent / "fairstock"), "fund", "replay", "--policy", str(file)]
    told = json.loads(subprocess.run([*program, "--json"], capture_output=True, check=True).stdout)
    assert told["totals"]["USD"]["after"] == {
        "accrued_micros": 6_500,
        "allocated_micros": 6_500,
        "reserve_micros": 0,
    }
    assert {each["handle"]: each["change"] for each in told["contributors"]} == {"ann": 0, "bob": 1_500}
    shown = subprocess.run(program, capture_output=True, check=True, text=True).stdout
    assert "1 gain, 0 lose, 1 get the same" in shown
    file.write_text("version = 1")
    refused = subprocess.run(program, capture_output=True, check=False, text=True)
    assert refused.returncode == 2
    assert "The fund policy cannot be used: KeyError: 'income'." in refused.stderr


def test_a_new_policy_changes_no_earlier_month(
    conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = policy_in_force(IN_PERIOD.at)
    (tmp_path / "2026-01.toml").write_text(first.body)
    (tmp_path / "2026-11.toml").write_text(
        first.body.replace('"2026-1"', '"2026-2"').replace('floor = "0.50"', 'floor = "1"')
    )
    monkeypatch.setattr(policies, "FOLDER", tmp_path)
    assert [policy_in_force(each.at).version for each in (IN_PERIOD, NEXT)] == ["2026-1", "2026-2"]
    assert policy_in_force(datetime(2020, 1, 1, tzinfo=UTC)).version == "2026-1"
    picture, buyer, _ = open_month(conn)
    sell_one(conn, picture, buyer, "2", clock=NEXT)
    october = close(conn, PERIOD, AFTER)
    november = close(conn, "2026-11", DECEMBER)
    assert (october.policy_version, november.policy_version) == ("2026-1", "2026-2")
    assert (october.reserve, november.reserve) == ({"USD": usd(1_500)}, {"USD": usd(0)})
    assert close(conn, PERIOD, DECEMBER) == october
    assert store.policy_body(conn, "2026-1") == first.body
    conn.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert run_checks(conn) == []


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from sqlalchemy import event
from fairstock.db.engine import connect
from fairstock.db.transaction import transaction
from fairstock.fund.close import close
from fairstock.kit.clock import FixedClock

engine, left = connect(sys.argv[1]), int(sys.argv[2])

@event.listens_for(engine, "after_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

with transaction(engine) as conn:
    close(conn, sys.argv[3], FixedClock(datetime(2026, 11, 3, 9, tzinfo=UTC)))
    if left > 0:
        print("statements", int(sys.argv[2]) - left, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_close_leaves_nothing_and_the_next_one_gives_the_same_root(
    engine: Engine, fresh_database_url: str
) -> None:
    """A real process, killed after a statement early, in the middle, late, and just before the commit."""
    with transaction(engine) as conn:
        open_month(conn)

    def kill_after(statements: int) -> str:
        command = [sys.executable, "-c", KILLED, fresh_database_url, str(statements), PERIOD]
        done = subprocess.run(command, capture_output=True, check=False, text=True)
        assert done.returncode == -9, done.stderr
        with transaction(engine) as conn:
            assert conn.scalar(text("SELECT count(*) FROM fund_allocation")) == 0
        return done.stdout

    statements = int(kill_after(1_000_000).split()[1])
    for point in {2, statements // 3, statements // 2, statements * 3 // 4, statements - 1}:
        kill_after(point)
    with transaction(engine) as conn:
        step = conn.begin_nested()
        wanted = close(conn, PERIOD, AFTER).merkle_root
        step.rollback()
    with transaction(engine) as conn:
        assert close(conn, PERIOD, AFTER).merkle_root == wanted
        assert run_checks(conn) == []
