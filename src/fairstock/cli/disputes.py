"""`fairstock disputes …`: what contributors dispute, and staff's decisions."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from fairstock.bootstrap import get_app
from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money
from fairstock.party import store as parties
from fairstock.party.model import Role
from fairstock.payout import store as payouts
from fairstock.payout.dispute import Correction, find, resolve
from fairstock.payout.model import AdjustmentKind, Against, DisputeOutcome

app = typer.Typer(no_args_is_help=True, help="What contributors dispute, and decisions about it.")
console = Console(highlight=False, markup=False)


class MayNotDecide(BadInput):
    """Only people of finance decide disputes."""

    def __init__(self, handle: str) -> None:
        super().__init__(f"{handle} may not decide disputes.", remedy="name somebody with the role finance")


@app.command("list")
def list_disputes(
    decided: Annotated[bool, typer.Option("--all", help="Those that were decided too.")] = False,
) -> None:
    """Show disputes, oldest first, with what the contributor says."""
    with get_app().transaction() as conn:
        found = payouts.disputes(conn, resolved=None if decided else False)
        people = parties.many(conn, {each.contributor_id for each in found})
    table = Table(
        Column("Dispute", min_width=24, no_wrap=True),
        "Contributor",
        "Month",
        "Line",
        "Amount",
        "State",
        "Says",
    )
    for each in found:
        table.add_row(
            each.id,
            people[each.contributor_id].handle,
            each.period,
            f"{each.subject_kind.value} {each.subject}",
            str(each.amount),
            each.outcome.value if each.outcome else "open",
            each.events[0].text,
        )
    console.print(table if found else "Nothing is disputed.")


@app.command("resolve")
def resolve_dispute(
    dispute: Annotated[str, typer.Argument(help="Id, as the list shows it.")],
    outcome: Annotated[DisputeOutcome, typer.Argument(help="Who is right.")],
    *,
    by: Annotated[str, typer.Option(help="Handle of the person of finance who decides.")],
    reason: Annotated[str, typer.Option(help="For the contributor, and for the statement.")],
    amount: Annotated[
        str | None, typer.Option(help="Correction in the line's currency; below zero: owed less.")
    ] = None,
    kind: Annotated[AdjustmentKind, typer.Option(help="Kind of the correction.")] = (
        AdjustmentKind.dispute_resolution
    ),
    against: Annotated[Against, typer.Option(help="What gives it.")] = Against.house,
) -> None:
    """Decide a dispute once, and book its correction with it."""
    house = get_app()
    with house.transaction() as conn:
        staff = parties.by_handle(conn, by)
        if Role.finance not in parties.roles(conn, staff.id):
            raise MayNotDecide(by)
        found = find(conn, dispute)
        correction = None
        if amount is not None:
            correction = Correction(Money.parse(amount, found.amount.currency), kind, against)
        resolve(conn, dispute, staff.id, house.clock, outcome=outcome, text=reason, correction=correction)
    moved = f"; {correction.amount} booked" if correction else ""
    console.print(f"{dispute} is {outcome.value}{moved}.")
