"""`fairstock moderate` on a stream with lines that are no prompts: every other line is decided."""

import json

from typer.testing import CliRunner

from fairstock.bootstrap import App
from fairstock.cli.main import app as commands


def test_bad_lines_are_named_and_every_good_line_is_decided(app: App) -> None:
    lines = [
        '{"id": 1, "prompt": "a murder of crows"}',
        "a cat",
        "",
        '{"id": 3, "prompt": "a naked woman on a sofa"}',
        '{"id": 4}',
        '{"id": "five", "prompt": "a bowl of cherries"}',
    ]
    result = CliRunner().invoke(commands, ["moderate"], input="\n".join(lines))
    assert result.exit_code == 2
    decided = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["id"], row["decision"]) for row in decided] == [
        (1, "allow"),
        (3, "block"),
        ("five", "allow"),
    ]
    named = result.stderr.splitlines()
    assert len(named) == 2
    assert named[0].startswith("fairstock: Line 2 is no prompt: it is not JSON")
    assert named[1].startswith("fairstock: Line 5 is no prompt: it has no “prompt”")


def test_good_lines_alone_end_well(app: App) -> None:
    result = CliRunner().invoke(commands, ["moderate"], input='{"id": 1, "prompt": "a red door"}\n\n')
    assert (result.exit_code, result.stderr) == (0, "")
    (row,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert row["category"] is row["span"] is row["rule"] is None
