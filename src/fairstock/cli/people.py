"""`fairstock people …`: who takes part, and how they sign in on the pages."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fairstock.access.keys import revoke_all
from fairstock.bootstrap import get_app
from fairstock.kit.errors import BadInput
from fairstock.party import store as parties
from fairstock.party.consent import state_training
from fairstock.party.model import PartyKind, Role

app = typer.Typer(no_args_is_help=True, help="Who takes part: buyers, contributors and staff.")
console = Console(highlight=False, markup=False, soft_wrap=True)
Handle = Annotated[str, typer.Argument(help="Short name, such as blue-door-travel.")]


class NoContributor(BadInput):
    """A training license was named for somebody who contributes nothing."""

    def __init__(self, handle: str) -> None:
        super().__init__(
            f"{handle} would be no contributor, so there is nothing to train on.",
            remedy="add --role contributor, or leave --training-license out",
        )


class NothingToTrainOn(BadInput):
    """A statement on training was to be noted for somebody who contributes nothing."""

    def __init__(self, handle: str) -> None:
        super().__init__(f"{handle} is no contributor, so there is nothing to train on.")


class ContributorStays(BadInput):
    """Works and earnings belong to a contributor, for good."""

    def __init__(self, handle: str) -> None:
        super().__init__(
            f"{handle} stays a contributor, since works and earnings belong to one.",
            remedy="leave --role out to keep them from signing in",
        )


@app.command()
def add(
    handle: Handle,
    *,
    name: Annotated[str, typer.Option(help="Full name, as it is shown.")],
    role: Annotated[list[Role], typer.Option(help="What they may do; may be repeated.")],
    country: Annotated[str | None, typer.Option(help="Tax residence, such as DE.")] = None,
    email: Annotated[str | None, typer.Option(help="Where to write to them.")] = None,
    training_license: Annotated[
        str | None,
        typer.Option(help="What shows that a contributor licenses works for training, such as a contract."),
    ] = None,
) -> None:
    """Add a buyer, a contributor or somebody on the staff; roles of one who is here are added to theirs."""
    if training_license and Role.contributor not in role:
        raise NoContributor(handle)
    house = get_app()
    with house.transaction() as conn:
        kind = _kind(role)
        party_id = parties.add_party(
            conn, handle=handle, name=name, kind=kind, roles=role, country=country, email=email
        )
        if training_license:
            since = house.clock.now()
            parties.record_training_license(
                conn, party_id=party_id, granted=True, since=since, evidence=training_license
            )
        held = sorted(each.value for each in parties.roles(conn, party_id))
    console.print(f"{handle} is {', '.join(held)}.")
    console.print(f"To let them sign in on the pages: fairstock people password {handle}")


@app.command()
def password(handle: Handle) -> None:
    """Give somebody a password for the pages: asked for twice, or one line on standard input."""
    asked = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if sys.stdin.isatty() else ""
    given = asked or sys.stdin.readline().rstrip("\n")
    with get_app().transaction() as conn:
        found = parties.by_handle(conn, handle)
        parties.set_password(conn, found.id, given)
    console.print(f"{handle} can sign in with it.")


@app.command()
def training(
    handle: Handle,
    *,
    allowed: Annotated[bool, typer.Option("--allowed/--withdrawn", help="What the contributor stated.")],
    evidence: Annotated[str, typer.Option(help="Where the statement can be found, such as a letter.")],
) -> None:
    """Note that a contributor allows training on the own works, or no longer does, from now on; contributors
    can say so themselves on their page "Training".
    """
    house = get_app()
    with house.transaction() as conn:
        found = parties.by_handle(conn, handle)
        if Role.contributor not in parties.roles(conn, found.id):
            raise NothingToTrainOn(handle)
        changed = state_training(conn, found.id, house.clock, granted=allowed, evidence=evidence)
    said = "may be trained on" if allowed else "may not be trained on"
    console.print(f"Works of {handle} {said}{' from now on' if changed else ': that held already'}.")


@app.command()
def revoke(
    handle: Handle,
    *,
    role: Annotated[list[Role] | None, typer.Option(help="Only these; may be repeated.")] = None,
) -> None:
    """Take roles from somebody; without --role all that lets them in: password, open sessions and API keys.
    What they did and earned stays.
    """
    if role and Role.contributor in role:
        raise ContributorStays(handle)
    house = get_app()
    with house.transaction() as conn:
        found = parties.by_handle(conn, handle)
        if role:
            parties.remove_roles(conn, found.id, role)
        else:
            parties.remove_password(conn, found.id)
            revoke_all(conn, found.id, house.clock)
        held = sorted(each.value for each in parties.roles(conn, found.id))
    if role:
        console.print(f"{handle} is {', '.join(held) or 'nothing any more'}.")
    else:
        console.print(f"{handle} is signed out everywhere, and cannot sign in or use the images API.")
        console.print(f"To let them in again: fairstock people password {handle}")


@app.command("list")
def list_(
    kind: Annotated[PartyKind | None, typer.Option(help="Only people of this kind.")] = None,
) -> None:
    """Show who takes part, and who can sign in."""
    with get_app().transaction() as conn:
        found = [one for each in ([kind] if kind else PartyKind) for one in parties.of_kind(conn, each)]
        can = {one.id for one in parties.with_password(conn)}
    table = Table("Handle", "Name", "Kind", "Country", "Signs in", box=None, pad_edge=False)
    for one in found:
        table.add_row(one.handle, one.name, one.kind.value, one.country, "yes" if one.id in can else "–")
    console.print(table)


def _kind(roles: list[Role]) -> PartyKind:
    """What somebody with these roles is to the house."""
    for role, kind in ((Role.contributor, PartyKind.contributor), (Role.buyer, PartyKind.buyer)):
        if role in roles:
            return kind
    return PartyKind.staff
