"""The commands. Each hands its words to one flow or use case and prints what comes back."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from typer.models import CommandInfo, TyperInfo

from fairstock.cli import (
    bench,
    books,
    disputes,
    fund,
    income,
    keys,
    look,
    moderation,
    people,
    screened,
    screening,
    simulate,
)
from fairstock.cli.errors import spoken_errors
from fairstock.cli.flow import run_flow
from fairstock.cli.screen import screen
from fairstock.cli.statement import statement
from fairstock.kit.months import checked_month

_HELP = """A stock-image marketplace's pipeline: licensed images, screened uploads, traced payouts.

`fairstock demo` runs all of it once, on real pictures and with invented money; `fairstock up` then opens it \
in a browser. All data lie in FAIRSTOCK_HOME, by default `.fairstock` in the working directory.
"""
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
imports = typer.Typer(no_args_is_help=True, help="Bring a licensed library into the catalogue.")
app.add_typer(imports, name="import")
app.add_typer(people.app, name="people")
app.add_typer(books.app, name="books")
app.add_typer(bench.app, name="bench")
app.add_typer(fund.app, name="fund")
app.add_typer(keys.app, name="keys")
app.add_typer(disputes.app, name="disputes")
income.register(app)
app.add_typer(moderation.app, name="moderation")
screened.register(screening.app)
app.add_typer(screening.app, name="screening")
look.register(app)
app.command()(screen)
app.command("statement")(statement)
simulate.register(app)
console = Console(highlight=False)

Period = Annotated[str, typer.Argument(help="A calendar month, YYYY-MM.", callback=checked_month)]
Folder = Annotated[Path, typer.Argument(exists=True, file_okay=False, readable=True)]
MaybeFolder = Annotated[Path | None, typer.Argument(exists=True, file_okay=False, readable=True)]

_PANELS = {
    "Begin here": ("demo", "up", "people"),
    "Works and uploads": ("import", "ingest", "screen", "screening", "verify"),
    "Making images": ("generate", "worker", "train", "moderate", "moderation", "keys"),
    "The month": ("attribute", "close", "pay", "publish", "statement", "distribute", "fund", "books"),
    "Sales": ("trace", "refund", "deal", "agree", "disputes"),
    "Proofs": ("simulate", "bench"),
}
"""The commands as `fairstock --help` shows them."""


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"fairstock {version('fairstock')}")
        raise typer.Exit


@app.callback(help=_HELP)
def _start(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say it and end.")
    ] = False,
) -> None: ...


def main() -> None:
    """Entry point: every error ends in one sentence and an exit code of 1 (failed) or 2 (misused)."""
    _arrange()
    with spoken_errors():
        app(standalone_mode=True)


def _arrange() -> None:
    """Put each command into its panel, in the order in which they are listed above."""
    panels = {name: panel for panel, names in _PANELS.items() for name in names}
    listed: list[CommandInfo | TyperInfo] = [*app.registered_commands, *app.registered_groups]
    for each in listed:
        each.rich_help_panel = panels[_name(each)]
    app.registered_commands.sort(key=lambda each: list(panels).index(_name(each)))


def _name(each: CommandInfo | TyperInfo) -> str:
    return each.name or (each.callback.__name__ if each.callback else "")


def _report(summary: object) -> None:
    console.print_json(json.dumps(summary, default=str))


@app.command()
def demo() -> None:
    """Run the whole marketplace once, end to end, on real pictures; safe to kill and run again."""
    from fairstock.cli.demo import run_demo

    run_demo(console)


@app.command()
def up(
    port: Annotated[int, typer.Option(help="Port of the web pages.")] = 8420,
    prefect_port: Annotated[int, typer.Option(help="Port of the Prefect server.")] = 4200,
) -> None:
    """Start the database, a Prefect server, all deployments and the web pages."""
    from fairstock.web.up import run

    run(port=port, prefect_port=prefect_port)


@imports.command("openclipart")
def import_openclipart(folder: Folder) -> None:
    """Import Open Clip Art from the Debian packages openclipart-png and -svg, unpacked in FOLDER."""
    _report(run_flow("import_library", source="openclipart", folder=str(folder)))


@imports.command("library")
def import_library(folder: Folder) -> None:
    """Import a folder with works.csv (the format of the demo library) and its pictures."""
    _report(run_flow("import_library", source="folder", folder=str(folder)))


@app.command()
def ingest(
    folder: MaybeFolder = None,
    contributor: Annotated[
        str | None, typer.Option(help="Whose uploads these are, unless uploads.csv says.")
    ] = None,
    batch: Annotated[str | None, typer.Option(help="Name of the batch; default: the folder's.")] = None,
) -> None:
    """Screen a folder of uploads and publish what is accepted; without one, go on with what waits."""
    where = str(folder) if folder else None
    _report(run_flow("ingest_uploads", folder=where, contributor=contributor, batch=batch))


@app.command()
def generate(
    prompt: str,
    buyer: Annotated[str, typer.Option(help="The buyer's handle.")],
    n: Annotated[int, typer.Option(min=1, max=10)] = 1,
    size: Annotated[int, typer.Option(help="256, 512 or 1024 pixels.")] = 1024,
    key: Annotated[
        str | None, typer.Option(help="Idempotency key; the same key gives the same pictures.")
    ] = None,
) -> None:
    """Make licensed pictures from words."""
    from fairstock.kit.ids import new_id

    request = {"key": key or new_id("req"), "buyer": buyer, "prompt": prompt, "n": n, "size": size}
    _report(run_flow("generate_images", requests=[request]))


@app.command()
def worker(
    idle: Annotated[float | None, typer.Option(help="Stop after so many seconds without work.")] = None,
) -> None:
    """Keep the model warm and make what buyers of the images API wait for, until stopped."""
    _report(run_flow("serve_generation", idle_seconds=idle))


@app.command()
def train(
    release: Annotated[str, typer.Argument(help="Id of the new release.")],
    steps: Annotated[int, typer.Option(min=1)] = 20_000,
    seconds: Annotated[float | None, typer.Option(help="Stop after this time; run again to go on.")] = None,
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """Train a house model on the works whose contributors licensed them for training."""
    _report(run_flow("train_model", release_id=release, max_steps=steps, max_seconds=seconds, seed=seed))


@app.command()
def attribute(period: Period) -> None:
    """Trace every generated picture sold in the period to works and contributors."""
    _report(run_flow("attribute_sales", period=period))


@app.command()
def close(period: Period) -> None:
    """Close a period: allocate the fund and book what each contributor is owed."""
    _report(run_flow("close_period", period=period))


@app.command()
def pay(period: Period) -> None:
    """Pay contributors what a closed period owes them."""
    _report(run_flow("pay_contributors", period=period))


@app.command()
def publish(period: Period) -> None:
    """Write every contributor's statement for a period."""
    _report(run_flow("publish_statements", period=period))
