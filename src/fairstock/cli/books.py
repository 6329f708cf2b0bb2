"""`fairstock books …`: the state of the ledger."""

import typer
from rich.console import Console
from rich.table import Table

from fairstock.bootstrap import get_app
from fairstock.db.checks import run_checks

app = typer.Typer(no_args_is_help=True, help="Check the books.")
console = Console(highlight=False)


@app.command()
def check() -> None:
    """Run every rule in sql/checks; print each row that breaks one, and exit with 1 if any does."""
    with get_app().transaction() as conn:
        broken = run_checks(conn)
    if not broken:
        console.print("The books balance: every rule in sql/checks holds.")
        return
    for rule in broken:
        table = Table(*map(str, rule.rows[0]), title=f"Broken: {rule.sentence} ({rule.name})")
        for row in rule.rows:
            table.add_row(*map(str, row.values()))
        console.print(table)
    raise typer.Exit(1)
