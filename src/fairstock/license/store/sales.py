"""SQL on price books and sales."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.errors import BadInput, NotFound
from fairstock.kit.money import Money
from fairstock.kit.months import month_bounds
from fairstock.license.model import PriceBook, Sale
from fairstock.license.tables import price_book, sale


class SaleMissing(NotFound):
    """No sale has this id."""

    def __init__(self, sale_id: str) -> None:
        self.sale_id = sale_id
        super().__init__(
            f"There is no sale {sale_id!r}.", remedy="take an id from a statement or the table license_sale"
        )


class PriceBookChanged(BadInput):
    """A price book that has sold something was edited."""

    def __init__(self, version: str) -> None:
        self.version = version
        super().__init__(
            f"The price book {version} differs from the one that sold under this version.",
            remedy="give the new prices a new version in price_book.toml",
        )


def record_price_book(conn: Connection, book: PriceBook, at: datetime) -> None:
    """Keep the text of the price book at its first use; raises ``PriceBookChanged`` where the kept text
    differs.
    """
    kept = conn.scalar(select(price_book.c.body).where(price_book.c.version == book.version))
    if kept is None:
        row = {"version": book.version, "body": book.body, "recorded_at": at}
        conn.execute(insert(price_book).values(row).on_conflict_do_nothing())
    elif kept != book.body:
        raise PriceBookChanged(book.version)


def add(conn: Connection, new: Sale) -> None:
    """Write the sale; the caller has made sure that its key is new."""
    conn.execute(
        insert(sale).values(
            id=new.id,
            key=new.key,
            asset_id=new.asset_id,
            buyer_id=new.buyer_id,
            size=new.size,
            territory=new.territory,
            quantity_before=new.quantity_before,
            tier=new.tier,
            amount_micros=new.price.micros,
            currency=new.price.currency,
            price_book_version=new.price_book_version,
            sold_at=new.sold_at,
            agreement_id=new.agreement_id,
        )
    )


def get(conn: Connection, sale_id: str) -> Sale:
    """The sale; raises ``SaleMissing``."""
    row = conn.execute(select(sale).where(sale.c.id == sale_id)).one_or_none()
    if row is None:
        raise SaleMissing(sale_id)
    return _sale(row)


def find_by_key(conn: Connection, key: str) -> Sale | None:
    """The sale that was made under the caller's key."""
    row = conn.execute(select(sale).where(sale.c.key == key)).one_or_none()
    return _sale(row) if row else None


def licensed_in_month(conn: Connection, buyer_id: str, month: str) -> int:
    """How many pictures the buyer has licensed in the calendar month (``YYYY-MM``, UTC), also those that were
    paid back since: a price depends on nothing that happens after the order before it.
    """
    first, after = month_bounds(month)
    count = select(func.count()).where(
        sale.c.buyer_id == buyer_id, sale.c.sold_at >= first, sale.c.sold_at < after
    )
    return conn.scalars(count).one()


def sales_of(
    conn: Connection, buyer_id: str, *, asset_id: str | None = None, limit: int | None = None
) -> list[Sale]:
    """The buyer's newest sales first, of one picture where it is named; all of them without a ``limit``."""
    query = (
        select(sale)
        .where(sale.c.buyer_id == buyer_id)
        .order_by(sale.c.sold_at.desc(), sale.c.id)
        .limit(limit)
    )
    if asset_id is not None:
        query = query.where(sale.c.asset_id == asset_id)
    return [_sale(row) for row in conn.execute(query)]


def _sale(row: Row[Any]) -> Sale:
    return Sale(
        id=row.id,
        key=row.key,
        asset_id=row.asset_id,
        buyer_id=row.buyer_id,
        size=row.size,
        territory=row.territory,
        quantity_before=row.quantity_before,
        tier=row.tier,
        price=Money(row.amount_micros, row.currency),
        price_book_version=row.price_book_version,
        sold_at=row.sold_at,
        agreement_id=row.agreement_id,
    )
