"""`fairstock books …`: the state of the ledger."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fairstock.bootstrap import get_app
from fairstock.db.checks import run_checks
from fairstock.ledger import chain
from fairstock.ledger.export import Format
from fairstock.ledger.export import export as write

app = typer.Typer(no_args_is_help=True, help="Check and export the books.")
console = Console(highlight=False, markup=False)


@app.command()
def export(
    form: Annotated[Format, typer.Option("--format", help="The program that will read it.")],
    output: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
) -> None:
    """Write the whole journal in integer micro-units, for bean-check or hledger."""
    from fairstock.db.transaction import snapshot

    target = output.open("w", encoding="utf-8") if output else nullcontext(sys.stdout)
    with snapshot(get_app().engine) as conn, target as file:
        file.writelines(f"{line}\n" for line in write(conn, form))


@app.command()
def check() -> None:
    """Run every rule in sql/checks and walk the journal's hash chain; print each row that breaks one,
    and exit with 1 if any does. Books that hold are sealed.
    """
    with get_app().transaction() as conn:
        broken = [*run_checks(conn), *chain.as_rule(conn)]
        head = None if broken else chain.seal(conn)
    if head:
        console.print("The books balance: every rule in sql/checks holds.")
        console.print(f"{head.links} transactions are sealed; the last digest is {head.digest.hex()}.")
        return
    for rule in broken:
        table = Table(*map(str, rule.rows[0]), title=f"Broken: {rule.sentence} ({rule.name})")
        for row in rule.rows:
            table.add_row(*map(str, row.values()))
        console.print(table)
    raise typer.Exit(1)
