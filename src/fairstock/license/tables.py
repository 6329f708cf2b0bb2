"""Tables of the license context."""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from fairstock.db.metadata import metadata

price_book = Table(
    "license_price_book",
    metadata,
    Column("version", Text, primary_key=True),
    Column("body", Text, nullable=False, comment="the TOML text, so that an old sale can be priced again"),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""Every version that has sold something; the database refuses changes."""

sale = Table(
    "license_sale",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "key", Text, nullable=False, unique=True, comment="made by the caller; a repeated call sells once"
    ),
    Column("asset_id", Text, ForeignKey("asset.id"), nullable=False),
    Column("buyer_id", Text, ForeignKey("party.id"), nullable=False),
    Column("size", Integer, nullable=False, comment="edge in pixels"),
    Column("territory", CHAR(2), nullable=False, comment="country of the buyer at the sale"),
    Column("quantity_before", Integer, nullable=False, comment="licensed by the buyer earlier in that month"),
    Column("tier", Text, nullable=False),
    Column("amount_micros", BigInteger, nullable=False, comment="price, in 10^-6 of the currency"),
    Column("currency", CHAR(3), nullable=False),
    Column("price_book_version", Text, ForeignKey("license_price_book.version"), nullable=False),
    Column("sold_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("amount_micros > 0", name="price_above_zero"),
    CheckConstraint("quantity_before >= 0", name="quantity_not_negative"),
    Index(None, "buyer_id", "sold_at"),
    Index(None, "asset_id"),
)
"""One row a license granted; the database refuses changes."""
