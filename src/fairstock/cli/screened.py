"""`fairstock screening …`: agreement of machine and people, what contributors are told, screening again."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fairstock.bootstrap import get_app
from fairstock.party import store as parties
from fairstock.screening import store as screening
from fairstock.screening.agreement import Share
from fairstock.screening.agreement import agreement as count_agreement

console = Console(highlight=False, markup=False)
Json = Annotated[bool, typer.Option("--json", help="JSON instead of words.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to ``fairstock screening``."""
    for command in (agreement, notices, rescreen, index):
        app.command()(command)


def agreement(as_json: Json = False) -> None:
    """How often machine, first and second reviewer agree, with exact intervals."""
    with get_app().transaction() as conn:
        found = count_agreement(screening.decided(conn))
    if as_json:
        parts = {"overall": found.overall, "by_rule": found.by_rule}
        shown = {
            name: [
                {"label": one.label, "k": one.k, "n": one.n, "low": one.low, "high": one.high}
                for one in shares
            ]
            for name, shares in parts.items()
        }
        console.print_json(json.dumps(shown))
        return
    _table("Machine and people", found.overall)
    _table("By rule: turned down by the first reviewer", found.by_rule)


def _table(title: str, shares: Sequence[Share]) -> None:
    table = Table("What was said first", "Of", "Were", "Share", "Exact 95 % interval", title=title)
    for one in shares:
        interval = f"{100 * one.low:.1f} – {100 * one.high:.1f} %"
        table.add_row(one.label, str(one.n), str(one.k), f"{100 * (one.rate or 0):.1f} %", interval)
    console.print(table if shares else f"{title}: nobody has decided anything yet.")


def notices(
    contributor: Annotated[str, typer.Argument(help="Handle of the contributor.")], as_json: Json = False
) -> None:
    """What a contributor is told about each file: where it stands, the evidence in plain words, what next."""
    from fairstock.web.notices import of_contributor

    with get_app().transaction() as conn:
        whose = parties.by_handle(conn, contributor)
        found = of_contributor(conn, whose.id)
    for one in found:
        if as_json:
            line = {
                "upload": one.upload.id,
                "file": one.upload.filename,
                "state": one.upload.state.value,
                "headline": one.headline,
                "sentences": list(one.sentences),
                "next_step": one.next_step,
            }
            console.file.write(json.dumps(line, ensure_ascii=False) + "\n")
            continue
        console.print(f"{one.upload.filename}: {one.headline}", style="bold")
        for sentence in one.sentences:
            console.print(f"    {sentence}")
        console.print(f"    What next: {one.next_step}")


def rescreen(
    dry_run: Annotated[
        bool, typer.Option("--dry-run/--apply", help="Show what would change, or change it.")
    ] = True,
    look: Annotated[bool, typer.Option(help="Look at the kept files again: a detector changed.")] = False,
) -> None:
    """Decide again about every upload by the present policy; nothing goes off sale by it."""
    from fairstock.cli.flow import run_flow

    console.print_json(json.dumps(run_flow("rescreen_catalogue", dry_run=dry_run, look=look)))


def index() -> None:
    """Look for local features of works that have none of this version: to be run once after an upgrade."""
    from fairstock.cli.flow import run_flow

    console.print_json(json.dumps(run_flow("index_catalogue")))
