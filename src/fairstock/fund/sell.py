"""Sell a license of a generated picture: grant it, book the price, accrue the fund's part."""

from __future__ import annotations

from sqlalchemy import Connection

from fairstock.fund import store
from fairstock.fund.accrue import accrue
from fairstock.fund.model import FundPolicy, SourceKind
from fairstock.fund.policy import policy_in_force
from fairstock.fund.rules import fund_part
from fairstock.generation import store as generation
from fairstock.kit.clock import Clock
from fairstock.license.grant import grant
from fairstock.license.model import PriceBook, Sale


def sell(
    conn: Connection,
    *,
    key: str,
    asset_id: str,
    buyer_id: str,
    size: int,
    clock: Clock,
    territory: str | None = None,
    currency: str | None = None,
    policy: FundPolicy | None = None,
    book: PriceBook | None = None,
) -> Sale:
    """One license at the price in force, booked with the fund's share in force; the same key again changes
    nothing.

    ``territory`` is the buyer's own country unless given, ``currency`` that of the buyer's agreement or of
    the price book; each currency is divided and paid by itself. Raises what ``license.grant.grant`` raises,
    and ``PolicyChanged``.
    """
    sale = grant(
        conn,
        key=key,
        asset_id=asset_id,
        buyer_id=buyer_id,
        size=size,
        territory=territory,
        clock=clock,
        currency=currency,
        book=book,
    )
    if store.accrual_of(conn, SourceKind.sale, sale.id) is not None:
        return sale
    rules = policy or policy_in_force(sale.sold_at)
    store.record_policy(conn, rules, sale.sold_at)
    fund, house = fund_part(sale.price, rules.sale_share_ppm)
    accrue(
        conn,
        kind=SourceKind.sale,
        source_id=sale.id,
        buyer_id=buyer_id,
        fund=fund,
        house=house,
        policy_version=rules.version,
        at=sale.sold_at,
        memo=f"License of {asset_id} at {size} px",
        asset_id=asset_id,
        release_id=generation.release_of(conn, asset_id),
    )
    return sale
