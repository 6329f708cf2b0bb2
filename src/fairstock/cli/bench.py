"""`fairstock bench …`: measurements that anybody can repeat with what the package brings along."""

from typing import Annotated

import typer
from PIL import Image
from rich.console import Console
from rich.table import Table

from fairstock.bootstrap import get_app

app = typer.Typer(no_args_is_help=True, help="Measure what is promised.")


@app.callback()
def _group() -> None:
    """Keep `bench` a group even while it has one command."""


@app.command()
def gaming(
    tries: Annotated[int, typer.Option(min=1, help="Works that play the attacker's own.")] = 12,
) -> None:
    """What duplicates, disguised copies, invented names and filler gain under the floor rule."""
    from fairstock.simulate.gaming import Entry, gains

    wired = get_app()
    works = wired.library("folder", str(wired.package_data / "demo-library"))
    library = []
    for work in works:
        with Image.open(work.png) as picture:
            picture.load()
        library.append(Entry(picture, work.author or ""))
    step = max(1, len(library) // tries)
    found = gains(library, range(0, step * tries, step), wired.features.embed)
    table = Table(
        "attack", "gain, mean", "gain, luckiest", "votes won of 10",
        title=f"The floor over {len(library)} works of the demo library, {tries} works as the attacker's own",
    )  # fmt: skip
    table.add_row("the same file ten times", "0.0 %", "0.0 %", "0.0")
    table.add_row("fifty keywords on every work", "0.0 %", "0.0 %", "0.0")
    for each in found:
        row = (f"{each.mean_percent:.1f} %", f"{each.worst_percent:.1f} %", f"{each.new_clusters:.1f}")
        table.add_row(each.attack, *row)
    console = Console(highlight=False)
    console.print(table)
    console.print(
        "The same file has one place in a manifest, and keywords do not count: the first two cannot gain."
        " Pictures of nothing are stopped by people and by the gate, not by this rule. Influence has no"
        " weight while unmeasured."
    )
