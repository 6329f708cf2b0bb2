"""Commands that only look: verify a file, moderate prompts, follow one sale."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from fairstock.bootstrap import get_app
from fairstock.kit.errors import BadInput

console = Console(highlight=False, markup=False, soft_wrap=True)
_BATCH = 512
"""Prompts decided at once: meaning is read in batches."""
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a file, on one line.")]


class NotAPrompt(BadInput):
    """A line on standard input is no prompt."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(
            f"Line {number} is no prompt: {problem}.", remedy='write one {"id": …, "prompt": …} a line'
        )


class NotARegistry(BadInput):
    """A file of opted-out names cannot be read."""

    def __init__(self, file: Path, problem: str) -> None:
        super().__init__(
            f"{file} is no registry of names: {problem}.",
            remedy='write a JSON list of {"name": …, "opted_out": ["style"]}',
        )


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    for command in (verify, moderate, trace):
        app.command()(command)


def verify(file: File, as_json: Json = False) -> None:
    """Say in plain words what FILE proves about its origin."""
    from fairstock.web.looking import look

    looked = look(get_app(), file.read_bytes())
    report = looked.report
    if as_json:
        sys.stdout.write(json.dumps(asdict(looked), default=str) + "\n")
        return
    console.print(report.headline, style="bold")
    for finding in report.findings:
        console.print(f"  - {finding}")


def moderate(
    registry: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="JSON list of {name, opted_out: [style, …]} to add."),
    ] = None,
) -> None:
    """Decide about prompts: JSON lines with id and prompt in, JSON lines with the decision out.

    A line that is no prompt gets one sentence on standard error; all others are decided; the exit code is 2.
    """
    from fairstock.optout import store as optouts

    app = get_app()
    with app.transaction() as conn:
        styles, faces = optouts.refused_names(conn)
    if registry:
        styles, faces = (*styles, *_named(registry, "style")), (*faces, *_named(registry, "likeness"))
    lines = ((number, line) for number, line in enumerate(sys.stdin.buffer, 1) if line.strip())
    all_read = True
    while batch := list(islice(lines, _BATCH)):
        prompts = list(_prompts(batch))
        all_read = all_read and len(prompts) == len(batch)
        decisions = app.moderator.decide_all([prompt for _, prompt in prompts], styles, faces)
        for (identity, _), decision in zip(prompts, decisions, strict=True):
            row = {"id": identity, **decision.as_json(), "augment": decision.diversity}
            sys.stdout.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n")
    if not all_read:
        raise typer.Exit(NotAPrompt.exit_code)


def _named(registry: Path, use: str) -> list[str]:
    """Names of a registry file that refuse ``use``; raises ``NotARegistry``."""
    try:
        rows = json.loads(registry.read_text(encoding="utf-8"))
        return [str(row["name"]) for row in rows if use in row["opted_out"]]
    except (ValueError, KeyError, TypeError) as error:
        raise NotARegistry(registry, str(error)) from error


def _prompts(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[Any, str]]:
    """Ids and prompts of those lines that have them; a sentence on standard error for each other."""
    for number, line in lines:
        try:
            yield _prompt(number, line)
        except NotAPrompt as error:
            sys.stderr.write(f"fairstock: {error}\n")


def _prompt(number: int, line: bytes) -> tuple[Any, str]:
    """Id and prompt of one line; raises ``NotAPrompt``."""
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotAPrompt(number, "it is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise NotAPrompt(number, f"it is not JSON ({error})") from error
    if not isinstance(row, dict):
        raise NotAPrompt(number, "it is no JSON object")
    for key in ("id", "prompt"):
        if key not in row:
            raise NotAPrompt(number, f"it has no “{key}”")
    if not isinstance(row["prompt"], str):
        raise NotAPrompt(number, "its prompt is no text")
    return row["id"], row["prompt"]


def trace(sale_id: str, as_json: Json = False) -> None:
    """Follow one sale from the buyer to the contributors' balances and payouts, its refunds included."""
    from fairstock.statement.trace import trace as follow

    with get_app().transaction() as conn:
        found = follow(conn, sale_id)
    if as_json:
        steps = [{"title": step.title, "facts": list(map(list, step.facts))} for step in found.steps]
        sys.stdout.write(json.dumps({"sale_id": sale_id, "steps": steps}, ensure_ascii=False) + "\n")
        return
    for step in found.steps:
        console.print(step.title, style="bold")
        for label, value in step.facts:
            console.print(f"    {label:<28} {value}")
