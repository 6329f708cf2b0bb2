"""`fairstock simulate`: seeded years of trade with real crashes, to see whether the books survive them."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from fairstock.kit.errors import Failure
from fairstock.process import on_signals

if TYPE_CHECKING:
    from fairstock.simulate.many import Row


class BooksDiffer(Failure):
    """A simulated year ended with books that are wrong, or that a crash has changed."""

    def __init__(self, seed: int, troubles: list[str], command: str) -> None:
        self.seed, self.troubles = seed, troubles
        super().__init__(
            f"The books of seed {seed} are wrong: {'; '.join(troubles)}.",
            remedy=f"{command} repeats it exactly",
        )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(  # noqa: PLR0917  # each is an option
    seed: Annotated[int, typer.Option(help="The first seed; the same seed gives the same year.")] = 1,
    seeds: Annotated[str, typer.Option(help="How many seeds, or FROM:TO, both included.")] = "1",
    days: Annotated[int, typer.Option(min=1, max=366)] = 365,
    contributors: Annotated[int, typer.Option(min=1)] = 40,
    sales: Annotated[int, typer.Option(min=1)] = 400,
    crashes: Annotated[int, typer.Option(min=0, help="Kills by SIGKILL in the second playing.")] = 12,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Seeds played at a time.")] = 1,
    progress: Annotated[
        Path | None,
        typer.Option(help="File that gets one JSON line a seed; those in it are not played again."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a seed.")] = False,
) -> None:
    """Play invented trade twice, without and with crashes, on a database of its own; compare the books.

    Sales and deals in four currencies, agreements, refunds after the payout, takedowns, disputes,
    corrections, conversions, withholding, sanction hits, a year-end reserve, policy changes, late and
    repeated messages, a bank that fails: everything follows from the seed. The books are then read by our
    own checks, by bean-check and hledger where they are installed, and published statements by the verifier.
    Nothing touches FAIRSTOCK_HOME or its database. Ends with exit code 1 at the first seed whose books are
    wrong.
    """
    from fairstock.simulate.many import Task, done_before, play_all, seeds_of
    from fairstock.simulate.model import Size

    console = Console(highlight=False)
    task, wanted = Task(Size(days, contributors, sales), crashes), seeds_of(seeds, seed)
    done = done_before(progress, task) if progress else set()
    _say_missing_programs()
    with _server() as url:
        for row in play_all(url, [each for each in wanted if each not in done], task, jobs=jobs):
            if progress:
                with progress.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
            _say(console, row, as_json=as_json)
            if row["troubles"]:
                raise BooksDiffer(row["seed"], row["troubles"], task.command(row["seed"]))
    if not as_json:
        known = f" ({len(done)} of them before)" if done else ""
        console.print(
            f"{len(wanted)} year(s) of {days} days{known}: every book balances, and no crash has changed one."
        )


@contextmanager
def _server() -> Iterator[str]:
    """A PostgreSQL of the simulation's own, stopped at the end, also where this process is asked to end."""
    from fairstock.db import embedded

    with (
        on_signals(lambda number: sys.exit(128 + number), signal.SIGTERM),
        TemporaryDirectory(prefix="fairstock-simulate-", ignore_cleanup_errors=True) as folder,
    ):
        postgres = Path(folder) / "postgres"
        url = embedded.start(postgres)
        embedded.forget_durability(url)
        try:
            yield url
        finally:
            embedded.stop(postgres)


def _say_missing_programs() -> None:
    from fairstock.simulate.programs import COMMANDS, installed

    missing = [name for form, (name, *_) in COMMANDS.items() if form not in installed()]
    if missing:
        said = f"Not installed, so they do not read the books: {', '.join(missing)}."
        Console(stderr=True, highlight=False).print(said)


def _say(console: Console, row: "Row", *, as_json: bool) -> None:
    if as_json:
        console.print(json.dumps(row), soft_wrap=True, markup=False)
        return
    if "books" not in row:
        return  # it broke, which the error says
    verdict = "[green]in order[/]" if not row["troubles"] else "[red]WRONG[/]"
    parts = (
        f"{row['deliveries']} messages ({row['refused']} refused)",
        f"{row['crashes']} kills",
        f"{row['transactions']} transactions",
        f"{row['paid']} payments ({row['taken_back']} taken back)",
        f"{row['statements']} statements",
        f"books {row['books'][:12]}",
        f"{row['seconds']:.1f} s",
    )
    console.print(f"seed {row['seed']}: {', '.join(parts)}: {verdict}", soft_wrap=True)
