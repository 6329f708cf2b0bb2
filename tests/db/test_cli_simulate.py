"""`fairstock simulate` as a person types it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fairstock.cli import simulate as command
from fairstock.cli.main import app as program
from fairstock.cli.simulate import BooksDiffer
from fairstock.simulate import run

TINY = ("simulate", "--days", "20", "--contributors", "4", "--sales", "6", "--crashes", "2")


@pytest.fixture(autouse=True)
def _on_the_tests_server(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's own server would take seconds to start."""

    @contextmanager
    def running() -> Iterator[str]:
        yield server

    monkeypatch.setattr(command, "_server", running)


def test_seeds_in_the_file_of_progress_are_not_played_again(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    words = (*TINY, "--progress", str(path))
    first = CliRunner().invoke(program, (*words, "--seed", "31"))
    assert first.exit_code == 0, first.output
    assert "in order" in first.output
    again = CliRunner().invoke(program, (*words, "--seeds", "31:31"))
    assert "1 year(s) of 20 days (1 of them before)" in again.output
    assert [json.loads(line)["seed"] for line in path.read_text().splitlines()] == [31]


def test_the_first_disorder_ends_it_with_the_command_that_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(run, "act", broken)
    done = CliRunner().invoke(program, (*TINY, "--seeds", "31:33", "--json"))
    assert isinstance(done.exception, BooksDiffer)
    assert done.exception.exit_code == 1
    assert "a bug" in str(done.exception)
    assert (
        "fairstock simulate --seed 31 --days 20 --contributors 4 --sales 6 --crashes 2 repeats it exactly"
        in str(done.exception)
    )
    assert [json.loads(line)["seed"] for line in done.stdout.splitlines()] == [31]
