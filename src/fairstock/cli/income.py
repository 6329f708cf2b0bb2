"""Commands on the fund's income: give money back, book a deal, agree prices, distribute a year's reserve."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import Connection

from fairstock.bootstrap import get_app
from fairstock.cli.flow import run_flow
from fairstock.kit.errors import BadInput
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.license.model import AgreedTier, RefundKind

console = Console(highlight=False, markup=False, soft_wrap=True)
Buyer = Annotated[str, typer.Option(help="The buyer's handle.")]
Currency = Annotated[str, typer.Option(help="Three letters, such as USD.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]
Works = Annotated[
    Path, typer.Option(exists=True, dir_okay=False, readable=True, help="Asset ids, one a line.")
]


class NotAShare(BadInput):
    """A text is no share of one."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is no share.", remedy="write a decimal between 0 and 1, such as 0.25")


class NotAPrice(BadInput):
    """A text is no price of a size."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is no price of a size.", remedy="write size=price, such as 1024=0.015")


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    for command in (refund, deal, agree, distribute):
        app.command()(command)


def refund(
    source: Annotated[str, typer.Argument(metavar="SALE", help="Id of a sale or a deal.")],
    reason: Annotated[str, typer.Option(help="Why, in a few words.")],
    amount: Annotated[str | None, typer.Option(help="How much; default: all that is left.")] = None,
    kind: Annotated[RefundKind, typer.Option(help="What it is.")] = RefundKind.refund,
    key: Annotated[
        str | None, typer.Option(help="Idempotency key; default: the same words are the same refund.")
    ] = None,
) -> None:
    """Give a buyer back the price of a SALE, or a part of it; house and fund bear it as they earned it."""
    from fairstock.fund.refund import refund as give_back
    from fairstock.fund.refund import refund_deal
    from fairstock.fund.store import get_deal
    from fairstock.license import store as licenses

    house = get_app()
    chosen = key or derived_id("cli", source, amount or "", kind.value, reason)
    with house.transaction() as conn:
        if source.startswith("dea_"):
            money = Money.parse(amount, get_deal(conn, source).price.currency) if amount else None
            done = refund_deal(
                conn, key=chosen, deal_id=source, reason=reason, clock=house.clock, amount=money, kind=kind
            )
        else:
            money = Money.parse(amount, licenses.get(conn, source).price.currency) if amount else None
            done = give_back(
                conn, key=chosen, sale_id=source, reason=reason, clock=house.clock, amount=money, kind=kind
            )
    console.print(f"{done.id}: {done.amount} given back, {done.fund} of it by the contributors' fund.")


def deal(
    key: Annotated[str, typer.Argument(help="Names the deal; the same key books once.")],
    buyer: Buyer,
    price: Annotated[str, typer.Option(help="In whole, such as 12000.00.")],
    works: Works,
    *,
    currency: Currency = "USD",
    share: Annotated[str | None, typer.Option(help="The fund's; default and least: the policy's.")] = None,
    territory: Annotated[str | None, typer.Option(help="Tax country; default: the buyer's.")] = None,
    first_day: Day = None,
    last_day: Day = None,
) -> None:
    """Book a data deal: a set of works, licensed to a model maker for a term."""
    from fairstock.fund.deals import book_deal

    house = get_app()
    with house.transaction() as conn:
        done = book_deal(
            conn,
            key=key,
            buyer_id=_party(conn, buyer),
            price=Money.parse(price, currency),
            asset_ids=works.read_text(encoding="utf-8").split(),
            clock=house.clock,
            fund_share_ppm=None if share is None else _ppm(share),
            territory=territory,
            first_day=first_day.date() if first_day else None,
            last_day=last_day.date() if last_day else None,
        )
    console.print(
        f"{done.id}: {len(done.asset_ids)} works for {done.price}, {done.fund} to the contributors."
    )


def agree(
    key: Annotated[str, typer.Argument(help="Names the agreement; the same key agrees once.")],
    buyer: Buyer,
    first_day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="From when it holds, in UTC.")],
    *,
    currency: Currency = "USD",
    discount: Annotated[str, typer.Option(help="Off the list price, such as 0.15.")] = "0",
    price: Annotated[list[str] | None, typer.Option(help="Of one size, as 1024=0.015; repeat it.")] = None,
    end: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day on which it ends.")] = None,
) -> None:
    """Agree prices with one buyer; they go before the price book, from the first picture on."""
    from fairstock.license.agree import agree as make

    tier = AgreedTier(0, dict(_price(each, currency) for each in price or ()), _ppm(discount))
    house = get_app()
    with house.transaction() as conn:
        done = make(
            conn,
            key=key,
            buyer_id=_party(conn, buyer),
            currency=currency,
            tiers=[tier],
            valid_from=first_day.replace(tzinfo=UTC),
            valid_until=end.replace(tzinfo=UTC) if end else None,
            clock=house.clock,
        )
    console.print(f"{done.id}: version {done.version} for {buyer} in {done.currency}.")


def distribute(year: Annotated[int, typer.Argument(help="A year that is over.")]) -> None:
    """Give the reserve of a YEAR to the contributors; it stands on the open month's statements."""
    console.print_json(data=run_flow("distribute_reserve", year=year))


def _party(conn: Connection, handle: str) -> str:
    from fairstock.party import store as parties

    return parties.by_handle(conn, handle).id


def _price(text: str, currency: str) -> tuple[int, Money]:
    size, equals, price = text.partition("=")
    if not equals or not size.isdecimal():
        raise NotAPrice(text)
    return int(size), Money.parse(price, currency)


def _ppm(text: str) -> int:
    """A share in millionths."""
    try:
        parts = Decimal(text) * 1_000_000
    except InvalidOperation:
        raise NotAShare(text) from None
    if not parts.is_finite() or parts != int(parts) or not 0 <= parts <= 1_000_000:
        raise NotAShare(text)
    return int(parts)
