"""Screening on the command line: what contributors are told, and how far people agree."""

import json

import pytest
from typer.testing import CliRunner
from web.world import World

from fairstock.bootstrap import App
from fairstock.cli.main import app as commands
from fairstock.party.store import PartyNotFound
from fairstock.screening.model import Outcome
from fairstock.web import deciding


def run(*words: str) -> tuple[str, BaseException | None]:
    result = CliRunner().invoke(commands, ["screening", *words], env={"COLUMNS": "300"})
    return result.output, result.exception


def test_a_notice_names_the_file_the_evidence_and_what_next(app: App, world: World) -> None:
    output, problem = run("notices", "ben")
    assert problem is None
    assert "my-apple.png: A person will look at it" in output
    assert "It is close to “Red apple” by somebody else." in output
    assert "What next: A person will compare them." in output
    lines = [json.loads(line) for line in run("notices", "ben", "--json")[0].splitlines()]
    assert {(line["file"], line["state"]) for line in lines} == {
        ("my-apple.png", "review"),
        ("notes.png", "refused"),
    }
    assert isinstance(run("notices", "nobody")[1], PartyNotFound)


def test_agreement_is_told_with_n_and_exact_intervals(app: App, world: World) -> None:
    assert "nobody has decided anything yet" in run("agreement")[0]
    with app.transaction() as conn:
        deciding.decide(
            conn, app, world.waiting, world.people["rev"], Outcome.REJECT, ["similar_work"], "Too close."
        )
    assert "2.5 – 100.0 %" in run("agreement")[0]
    found = json.loads(run("agreement", "--json")[0])
    (rule,) = found["by_rule"]
    assert (rule["label"], rule["k"], rule["n"], rule["high"]) == ("close to another work", 1, 1, 1.0)
    assert rule["low"] == pytest.approx(0.025)
