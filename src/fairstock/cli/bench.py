"""`fairstock bench …`: measurements that anybody can repeat with what the package brings along."""

from typing import Annotated

import typer
from PIL import Image
from rich.console import Console
from rich.table import Table

from fairstock.bootstrap import get_app
from fairstock.fund.model import ClusterVote

app = typer.Typer(no_args_is_help=True, help="Measure what is promised.")


@app.callback()
def _group() -> None:
    """Keep `bench` a group even while it has one command."""


@app.command()
def gaming(
    tries: Annotated[int, typer.Option(min=1, help="Works of each draw that play the attacker's own.")] = 12,
    draws: Annotated[int, typer.Option(min=1, help="How often works and disguises are drawn anew.")] = 3,
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 1,
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
    found = gains(library, wired.features.embed, tries=tries, draws=draws, seed=seed)
    console = Console(highlight=False)
    titles = {
        ClusterVote.first: "the vote is the first published work's (2026-2, from December 2026)",
        ClusterVote.shared: "the vote is shared (2026-1)",
    }
    for vote, title in titles.items():
        table = Table("attack", "gain, mean", "gain, luckiest", "votes won of 10", title=title)
        table.add_row("the same file ten times", "0.0 %", "0.0 %", "0.0")
        table.add_row("fifty keywords on every work", "0.0 %", "0.0 %", "0.0")
        for each in found[vote]:
            row = (f"{each.mean_percent:.1f} %", f"{each.worst_percent:.1f} %", f"{each.new_clusters:.2f}")
            table.add_row(each.attack, *row)
        console.print(table)
    console.print(
        f"The floor over {len(library)} works of the demo library, {found[ClusterVote.first][0].tries} tries."
        " The same file has one place in a manifest, and keywords do not count: the first two cannot gain."
        " Pictures of nothing are stopped by people and by the gate, not by this rule; nor does it see who"
        " publishes somebody else's work before they do: that is what disputes and takedowns are for."
        " Influence follows the attribution and is not measured here."
    )
