"""`fairstock keys …`: who may call the images API, and what the house signs and marks its files with."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fairstock.access.keys import IMAGES_PER_MINUTE, REQUESTS_PER_MINUTE
from fairstock.bootstrap import get_app

app = typer.Typer(no_args_is_help=True, help="Keys: of the images API, and those that sign.")
console = Console(highlight=False, markup=False)


@app.command()
def init() -> None:
    """Make what development needs to sign: certificate chain, time stamp authority, watermark secret."""
    folder = get_app().keyring.prepare()
    console.print(f"Certificate chain, time stamp authority and watermark secret are in {folder}.")
    console.print(
        "Nobody outside trusts this chain. In production set FAIRSTOCK_SIGNING_CHAIN, _SIGNING_KEY,"
        " _SIGNING_ROOT and FAIRSTOCK_TSA_URL, and keep watermark.key: marks are read with it only."
    )


@app.command()
def create(
    buyer: Annotated[str, typer.Option(help="The buyer's handle.")],
    budget: Annotated[
        str | None, typer.Option(help="Most in a calendar month, such as 25.00 (USD) or '25.00 EUR'.")
    ] = None,
    rpm: Annotated[int, typer.Option(help="Requests a minute.")] = REQUESTS_PER_MINUTE,
    images_per_minute: Annotated[int, typer.Option(help="Pictures a minute.")] = IMAGES_PER_MINUTE,
    label: Annotated[str, typer.Option(help="What the key is for.")] = "",
) -> None:
    """Make a key for a buyer and show its secret, which is kept nowhere and cannot be shown again."""
    from fairstock.access.keys import create as make
    from fairstock.kit.money import Money
    from fairstock.license.book import price_book_in_force
    from fairstock.license.rules import worth_in

    money = None
    if budget is not None:
        amount, _, currency = budget.partition(" ")
        money = Money.parse(amount, currency.strip().upper() or "USD")
        worth_in(price_book_in_force(), money.currency)  # no budget in what nothing is sold for
    house = get_app()
    with house.transaction() as conn:
        issued = make(
            conn,
            buyer,
            house.clock,
            label=label,
            requests_per_minute=rpm,
            images_per_minute=images_per_minute,
            budget=money,
        )
    console.print(f"Key     {issued.key.id}")
    console.print(f"Secret  {issued.secret}", soft_wrap=True)
    console.print(f"\nexport OPENAI_BASE_URL={house.settings.public_url.rstrip('/')}/v1", soft_wrap=True)
    console.print(f"export OPENAI_API_KEY={issued.secret}", soft_wrap=True)
    console.print("\nKeep the secret now: only its hash is stored.")


@app.command("list")
def list_(buyer: Annotated[str | None, typer.Option(help="Only this buyer's.")] = None) -> None:
    """Show the keys, without their secrets."""
    from fairstock.access import store
    from fairstock.party import store as parties

    with get_app().transaction() as conn:
        party = parties.by_handle(conn, buyer) if buyer else None
        found = store.keys(conn, party.id if party else None)
        names = parties.many(conn, {key.buyer_id for key in found})
    table = Table(box=None, pad_edge=False)
    for heading in ("Key", "Buyer", "For", "Secret", "Calls/pictures a minute", "Budget a month", "State"):
        table.add_column(heading, no_wrap=heading == "Key")
    for key in found:
        minute = f"{key.requests_per_minute}/{key.images_per_minute}"
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "open"
        table.add_row(
            key.id,
            names[key.buyer_id].handle,
            key.label,
            f"…{key.hint}",
            minute,
            str(key.budget or "any"),
            state,
        )
    console.print(table)


@app.command()
def revoke(key: Annotated[str, typer.Argument(help="The key's id, from `fairstock keys list`.")]) -> None:
    """Close a key at once and for good."""
    from fairstock.access.keys import revoke as close

    house = get_app()
    with house.transaction() as conn:
        closed = close(conn, key, house.clock)
    console.print(f"The key {closed.id} opens nothing since {closed.revoked_at:%Y-%m-%d %H:%M} UTC.")
