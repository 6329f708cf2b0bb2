"""`fairstock fund …`: what a proposed policy would have changed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from fairstock.bootstrap import get_app

if TYPE_CHECKING:
    import pandas as pd

    from fairstock.fund.replay import Replay

app = typer.Typer(no_args_is_help=True, help="The contributors' fund.")
console = Console(highlight=False, soft_wrap=True)


@app.callback()
def _group() -> None:
    """The contributors' fund."""


@app.command()
def replay(
    policy: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, readable=True, help="The proposed policy, as TOML.")
    ],
    period: Annotated[
        str | None, typer.Option(help="A closed month, YYYY-MM; default: the last one that was closed.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="How many gains and losses to show.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Everybody's figures as JSON.")] = False,
) -> None:
    """Divide a closed period again under a proposed policy: who gains, who loses. Nothing is booked."""
    from fairstock.fund.replay import replay as run
    from fairstock.fund.rules import read_policy

    proposed = read_policy(policy.read_text(encoding="utf-8", errors="replace"))
    with get_app().engine.connect() as conn:  # nobody commits it
        found = run(conn, proposed, period)
    table = _table(found)
    if as_json:
        console.print_json(json.dumps(_summary(found) | {"contributors": table.to_dict("records")}))
        return
    console.print(
        f"{found.period}, divided by policy {found.policy_version}, under policy {found.proposed_version}:"
    )
    for currency, before in found.before.items():
        after, own = found.after[currency], table[table["currency"] == currency]
        console.print(f"  accrued      {before.accrued} → {after.accrued}")
        console.print(f"  contributors {before.allocated} → {after.allocated}")
        console.print(f"  reserve      {before.reserve} → {after.reserve}")
        console.print(f"  {_counts(own)}")
        _show("largest gains", own[own["change"] > 0].nlargest(most, "change"))
        _show("largest losses", own[own["change"] < 0].nsmallest(most, "change"))


def _table(found: "Replay") -> "pd.DataFrame":
    """One row a contributor and currency; amounts in micro-units."""
    import pandas as pd

    rows = [
        (
            *(each.before.currency, each.handle, each.contributor_id),
            *(each.before.micros, each.after.micros, (each.after - each.before).micros),
        )
        for each in found.changes
    ]
    columns = ["currency", "handle", "contributor_id", "before", "after", "change"]
    return pd.DataFrame(rows, columns=columns)


def _counts(own: "pd.DataFrame") -> str:
    gain, lose = int((own["change"] > 0).sum()), int((own["change"] < 0).sum())
    return f"{gain:,} gain, {lose:,} lose, {len(own) - gain - lose:,} get the same"


def _show(title: str, rows: "pd.DataFrame") -> None:
    """A table of people; amounts in whole units of the currency, with all six decimals."""
    from fairstock.kit.money import Money

    if rows.empty:
        return
    shown = rows[["handle", "before", "after", "change"]].copy()
    for column in ("before", "after", "change"):
        shown[column] = [
            str(Money(int(micros), currency))
            for micros, currency in zip(rows[column], rows["currency"], strict=True)
        ]
    console.print(f"\n{title}\n{shown.to_string(index=False)}", markup=False)


def _summary(found: "Replay") -> dict[str, object]:
    sides = {"before": found.before, "after": found.after}
    return {
        "period": found.period,
        "policy_version": found.policy_version,
        "proposed_version": found.proposed_version,
        "totals": {
            currency: {
                side: {
                    "accrued_micros": of[currency].accrued.micros,
                    "allocated_micros": of[currency].allocated.micros,
                    "reserve_micros": of[currency].reserve.micros,
                }
                for side, of in sides.items()
            }
            for currency in found.before
        },
    }
