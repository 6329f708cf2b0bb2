"""What a person sees of `make demo`: a line for each stage, who earned what, and where to look."""

import re
from pathlib import Path
from textwrap import shorten
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from fairstock.bootstrap import get_app
from fairstock.cli.contact_sheet import contact_sheet
from fairstock.cli.flow import run_flow
from fairstock.kit.money import Money

_TOO_MANY = ("Holds: ", "Imported ")
"""Lines that say one thing again and again; another one counts them."""
_STAGE = re.compile(r"Stage (\d+)/(\d+): (.*)")
_NOTICE = "All people who buy, and ALL MONEY in this demo, are invented. Works and authors' names are real."


def run_demo(console: Console) -> None:
    """Run the demo flow and show it; the last line printed is the path of summary.json."""
    app = get_app()
    home = app.home
    app.load_early()  # while Prefect's temporary server starts
    console.print(f"[bold]fairstock[/] works in {home}. {_NOTICE}")
    with Progress(
        SpinnerColumn(),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        console=console,
    ) as progress:
        bar = progress.add_task("Starting PostgreSQL and Prefect (some seconds) …", total=8)
        summary = run_flow("demo", on_line=lambda line: _show(progress, bar, line))
        progress.update(bar, completed=8, description="Done.")
    sheet = contact_sheet(app, home / "demo" / "contact-sheet.png")
    _print_summary(console, summary)
    _print_places(console, home, sheet)


def _show(progress: Progress, bar: Any, line: str) -> None:
    stage = _STAGE.match(line)
    if stage:
        number, total, sentence = stage.groups()
        elapsed = progress.tasks[0].elapsed or 0.0
        progress.console.print(f"[bold]{number}/{total}[/] {sentence} [dim]({elapsed:.0f} s so far)[/]")
        progress.update(bar, completed=int(number))
    elif not line.startswith(_TOO_MANY):
        progress.console.print(f"    {shorten(line, 160, placeholder=' …')}", style="dim", markup=False)
    progress.update(bar, description=escape(shorten(line, 60, placeholder=" …")))


def _print_summary(console: Console, summary: dict[str, Any]) -> None:
    table = Table("figure", "value", title="The demo in figures (money is invented)")
    for name, value in summary.items():
        if name.endswith("_micros"):
            what = name.removesuffix("_micros")
            table.add_row(_said(what) + (", worth" if what in summary else ""), str(Money(value, "USD")))
        elif isinstance(value, int | float | str):
            table.add_row(_said(name), ("yes" if value else "no") if isinstance(value, bool) else str(value))
    for reason, number in sorted(summary["rejected"].items()):
        table.add_row(f"rejected: {_said(reason)}", str(number))
    console.print(table)
    earners = Table(
        "contributor",
        "works",
        "earned",
        "paid",
        title=f"Who earned most in {summary['period']} (invented money)",
    )
    for row in summary["top_earners"]:
        earners.add_row(row["name"], str(row["works"]), row["earned"], row["paid"])
    console.print(earners)


def _said(name: str) -> str:
    """``refused prompts`` of ``refused_prompts``."""
    return name.replace("_", " ")


def _print_places(console: Console, home: Path, sheet: Path) -> None:
    console.print(f"Pictures that were made: {sheet}")
    console.print(f"Statements:              {home / 'statements'}")
    console.print("Pages and flows:         make up")
    console.print(str(home / "demo" / "summary.json"), soft_wrap=True)
