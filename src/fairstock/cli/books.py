"""`fairstock books …`: the state of the ledger."""

import typer
from rich.console import Console
from rich.table import Table

from fairstock.bootstrap import get_app
from fairstock.db.checks import run_checks
from fairstock.ledger import chain

app = typer.Typer(no_args_is_help=True, help="Check the books.")
console = Console(highlight=False)


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
