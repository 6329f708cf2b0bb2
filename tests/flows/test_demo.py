"""The whole line as a person runs it: killed half-way, run again, and run once more."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fairstock.license.book import price_book_in_force
from fairstock.license.rules import quote

PROGRAM = Path(sys.executable).parent / "fairstock"
MONEY = (
    *(
        "sales_micros",
        "deals_micros",
        "fund_accrued_micros",
        "payable_micros",
        "paid_micros",
        "reserve_micros",
    ),
    *("contributors_paid", "statements", "generated", "refused_prompts", "uploads", "accepted", "review"),
)


@pytest.fixture
def demo_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="fairstock-demo-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _start(home: Path) -> subprocess.Popen[str]:
    """The program as a person starts it: without the settings that the tests give Prefect."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return subprocess.Popen(
        [PROGRAM, "demo"],
        env={**environment, "FAIRSTOCK_HOME": str(home), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _kill_at(home: Path, line: str) -> None:
    with _start(home) as running:
        assert running.stdout is not None
        said = any(line in each for each in running.stdout)
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
    assert said, f"the demo never said {line}"


def _run(home: Path) -> dict[str, Any]:
    with _start(home) as running:
        output, _ = running.communicate(timeout=900)
    assert running.returncode == 0, output[-3000:]
    last = Path(output.strip().splitlines()[-1])
    assert last == home / "demo" / "summary.json"
    summary: dict[str, Any] = json.loads(last.read_text(encoding="utf-8"))
    return summary


def _expected_sales(sold: list[tuple[str, int]]) -> int:
    """What the price book says for these (buyer, size) in order, with its volume tiers."""
    before: dict[str, int] = {}
    total = 0
    for buyer, size in sold:
        total += quote(price_book_in_force(), size, before.get(buyer, 0)).price.micros
        before[buyer] = before.get(buyer, 0) + 1
    return total


@pytest.mark.timeout(2400)
def test_killed_and_run_again_the_money_is_the_same(demo_home: Path) -> None:
    _kill_at(demo_home, "3/7")
    _kill_at(demo_home, "licenses sold")
    first = _run(demo_home)
    assert first["books_balanced"] is True
    assert first["fund_accrued_micros"] == first["payable_micros"] + first["reserve_micros"]
    assert 0 < first["paid_micros"] < first["payable_micros"]
    assert first["deals_micros"] == 4_800_000_000
    assert set(first["rejected"]) >= {
        "generator_mark",
        "exact_duplicate",
        "near_duplicate",
        "own_output",
        "opted_out",
    }
    assert first["uploads"] == first["accepted"] + first["review"] + first["evidence_wanted"] + first[
        "refused"
    ] + sum(first["rejected"].values())
    assert first["refused_prompts"] == 2
    assert first["statements"] >= first["contributors"] >= first["contributors_paid"] >= 40
    import tomllib

    from fairstock.settings import PACKAGE_DATA

    plan = tomllib.loads((PACKAGE_DATA / "demo-scenario.toml").read_text(encoding="utf-8"))
    sizes = [r["size"] for r in plan["requests"] if "refused" not in r["key"] for _ in range(r["n"])]
    buyers = plan["sales"]["buyers"]
    orders = [(buyers[t % len(buyers)], s) for s in sizes for t in range(plan["sales"]["per_picture"])]
    assert first["sales_micros"] == _expected_sales(orders)

    again = _run(demo_home)
    assert {name: again[name] for name in MONEY} == {name: first[name] for name in MONEY}
    checked = subprocess.run(
        [PROGRAM, "books", "check"], env={**os.environ, "FAIRSTOCK_HOME": str(demo_home)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    assert "balance" in checked.stdout
