"""`fairstock simulate`: seeded years of trade with real crashes, to see whether the books survive them."""

import dataclasses
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from fairstock.db import embedded
from fairstock.kit.errors import Failure
from fairstock.simulate.model import Outcome, Size
from fairstock.simulate.run import simulate as play


class BooksDiffer(Failure):
    """A simulated year ended with books that are wrong, or that a crash has changed."""

    def __init__(self, seeds: list[int]) -> None:
        self.seeds = seeds
        super().__init__(
            f"The books are wrong for {len(seeds)} seed(s): {', '.join(map(str, seeds[:20]))}.",
            remedy="run `fairstock simulate --seed N` with one of them: it repeats exactly",
        )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(  # noqa: PLR0917  # each is an option
    seed: Annotated[int, typer.Option(help="The first seed; the same seed gives the same year.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, one after the other.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=366)] = 365,
    contributors: Annotated[int, typer.Option(min=1)] = 40,
    sales: Annotated[int, typer.Option(min=1)] = 400,
    crashes: Annotated[int, typer.Option(min=0, help="Kills by SIGKILL in the second playing.")] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a seed.")] = False,
) -> None:
    """Play invented trade twice, without and with crashes, on a database of its own; compare the books.

    Sales, deals, refunds after the payout, takedowns, policy changes, late and repeated messages, a bank that
    fails: everything follows from the seed. Nothing touches FAIRSTOCK_HOME or its database.
    """
    console = Console(highlight=False)
    size, wrong = Size(days, contributors, sales), []
    with TemporaryDirectory(prefix="fairstock-simulate-", ignore_cleanup_errors=True) as folder:
        postgres = Path(folder) / "postgres"
        url = embedded.start(postgres)
        embedded.forget_durability(url)
        try:
            for number in range(seed, seed + seeds):
                begun = time.monotonic()
                calm = play(number, size, url, crashes=0)
                rough = play(number, size, url, crashes=crashes)
                troubles = _troubles(calm, rough)
                wrong += [number] if troubles else []
                _say(console, rough, troubles, time.monotonic() - begun, as_json=as_json)
        finally:
            embedded.stop(postgres)
    if wrong:
        raise BooksDiffer(wrong)
    if not as_json:
        console.print(f"{seeds} year(s) of {days} days: every book balances, and no crash has changed one.")


def _troubles(calm: Outcome, rough: Outcome) -> list[str]:
    """Everything that is wrong with either playing, or differs between them."""
    differ = ["the crashes have changed the books"] if calm.books != rough.books else []
    return [*calm.troubles, *rough.troubles, *differ]


def _say(console: Console, outcome: Outcome, troubles: list[str], seconds: float, *, as_json: bool) -> None:
    if as_json:
        row = dataclasses.asdict(outcome) | {"troubles": troubles, "seconds": round(seconds, 1)}
        console.print(json.dumps(row), soft_wrap=True, markup=False)
        return
    verdict = "[green]in order[/]" if not troubles else "[red]WRONG[/]: " + "; ".join(troubles)
    console.print(
        f"seed {outcome.seed}: {outcome.deliveries} messages ({outcome.refused} refused),"
        f" {outcome.crashes} crashes, {outcome.transactions} transactions, books {outcome.books[:12]},"
        f" {seconds:.0f} s: {verdict}"
    )
