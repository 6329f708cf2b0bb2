"""SQL on agreements with buyers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.money import Money
from fairstock.license import tables
from fairstock.license.model import AgreedTier, Agreement


def add_agreement(conn: Connection, new: Agreement) -> None:
    """Write an agreement; its key and version must be new."""
    tiers = [
        {
            "from_quantity": tier.from_quantity,
            "prices": {str(size): price.micros for size, price in tier.prices.items()},
            "discount_ppm": tier.discount_ppm,
        }
        for tier in new.tiers
    ]
    conn.execute(
        insert(tables.agreement).values(
            id=new.id,
            key=new.key,
            buyer_id=new.buyer_id,
            version=new.version,
            currency=new.currency,
            tiers=tiers,
            valid_from=new.valid_from,
            valid_until=new.valid_until,
            agreed_at=new.agreed_at,
        )
    )


def find_agreement(conn: Connection, key: str) -> Agreement | None:
    """The agreement that was made under the caller's key."""
    row = conn.execute(select(tables.agreement).where(tables.agreement.c.key == key)).one_or_none()
    return _agreement(row) if row else None


def latest_version(conn: Connection, buyer_id: str, currency: str) -> int:
    """The highest version of the buyer's agreements in the currency; 0 where there is none."""
    table = tables.agreement.c
    query = select(func.max(table.version)).where(table.buyer_id == buyer_id, table.currency == currency)
    return int(conn.scalar(query) or 0)


def agreement_in_force(
    conn: Connection, buyer_id: str, at: datetime, currency: str | None = None
) -> Agreement | None:
    """The agreement that prices an order of the buyer at a moment: in the currency the highest version that
    is valid then; where no currency is named, the one made last.
    """
    table = tables.agreement.c
    query = (
        select(tables.agreement)
        .where(table.buyer_id == buyer_id, table.valid_from <= at)
        .where(or_(table.valid_until.is_(None), table.valid_until > at))
        .order_by(table.agreed_at.desc(), table.version.desc(), table.id)
        .limit(1)
    )
    if currency is not None:
        query = query.where(table.currency == currency).order_by(None).order_by(table.version.desc())
    row = conn.execute(query).one_or_none()
    return _agreement(row) if row else None


def agreements_of(conn: Connection, buyer_id: str) -> list[Agreement]:
    """All agreements with the buyer, by currency and version."""
    table = tables.agreement.c
    query = select(tables.agreement).where(table.buyer_id == buyer_id).order_by(table.currency, table.version)
    return [_agreement(row) for row in conn.execute(query)]


def _agreement(row: Row[Any]) -> Agreement:
    tiers = tuple(
        AgreedTier(
            from_quantity=tier["from_quantity"],
            prices={int(size): Money(micros, row.currency) for size, micros in tier["prices"].items()},
            discount_ppm=tier["discount_ppm"],
        )
        for tier in row.tiers
    )
    return Agreement(
        id=row.id,
        key=row.key,
        buyer_id=row.buyer_id,
        version=row.version,
        currency=row.currency,
        tiers=tiers,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        agreed_at=row.agreed_at,
    )
