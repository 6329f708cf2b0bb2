"""`fairstock moderation …`: the prompt classifier and the report on diversity planning."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fairstock.kit.errors import BadInput

app = typer.Typer(no_args_is_help=True, help="Train prompt moderation; report on diversity planning.")
console = Console(highlight=False)

Data = Annotated[list[Path] | None, typer.Option(exists=True, dir_okay=False, help="JSON lines of prompts.")]
Bounds = Annotated[
    list[str] | None,
    typer.Option(help="FAMILY=SHARE of harmless prompts under which refusals stay, with 95 % confidence."),
]


class NotABound(BadInput):
    """A bound on the command line cannot be read."""

    def __init__(self, text: str) -> None:
        super().__init__(f"“{text}” is no bound.", remedy="write FAMILY=SHARE, such as overblock=0.035")


@app.command()
def train(  # noqa: PLR0917 - typer reads options by name
    data: Data = None,
    out: Annotated[Path | None, typer.Option(help="Where to write; default: the weights in use.")] = None,
    bounds: Bounds = None,
    bound: Annotated[float | None, typer.Option(help="The same for other families.")] = None,
    per_kind: Annotated[
        int | None, typer.Option(help="Prompts drawn from our grammar for each kind and label.")
    ] = None,
    seed: int | None = None,
    version: Annotated[str | None, typer.Option(help="Name of the weights; default: today.")] = None,
) -> None:
    """Train the prompt classifier on our own prompts and on files of prompts with label and category.

    The same prompts, options and version give the same weights, up to the rounding of the machine.
    """
    from fairstock.adapters.sentences import Sentences
    from fairstock.moderation import learn as how
    from fairstock.moderation.classifier import DEFAULT_WEIGHTS

    lines = how.learn(
        data or [],
        out or DEFAULT_WEIGHTS,
        Sentences(),
        version=version or datetime.now(UTC).strftime("%Y-%m-%d"),
        per_kind=per_kind or how.PER_KIND,
        seed=how.SEED if seed is None else seed,
        bounds=how.BOUNDS | dict(_bound(text) for text in bounds or []),
        bound=how.BOUND if bound is None else bound,
    )
    table = Table(
        "prompts", "label", "n", "refused when unseen", title="Classifier alone, thresholds as written"
    )
    for line in lines:
        label = "block" if line.harmful else "pass"
        table.add_row(line.family, label, str(line.prompts), f"{100 * line.refused:.1f} %")
    console.print(table)


def _bound(text: str) -> tuple[str, float]:
    family, _, share = text.partition("=")
    try:
        return family, float(share)
    except ValueError as cause:
        raise NotABound(text) from cause


@app.command()
def report(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Who was shown where prompts left it open: per profession, over all pictures that were made."""
    from fairstock.bootstrap import get_app
    from fairstock.generation.store.planned import planned_shares

    with get_app().transaction() as conn:
        shares = planned_shares(conn)
    if as_json:
        for share in shares:
            sys.stdout.write(json.dumps(asdict(share)) + "\n")
        return
    table = Table("person", "attribute", "value", "pictures", "share", title="Planned by the diversity table")
    for share in shares:
        part = f"{100 * share.pictures / share.of:.0f} %"
        table.add_row(share.person, share.attribute, share.value, str(share.pictures), part)
    console.print(table)
