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
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from fairstock.db.metadata import metadata

price_book = Table(
    "license_price_book",
    metadata,
    Column("version", Text, primary_key=True),
    Column("body", Text, nullable=False, comment="the TOML text, so that an old sale can be priced again"),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""Every version that has sold something; the database refuses changes."""

agreement = Table(
    "license_agreement",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "key", Text, nullable=False, unique=True, comment="made by the caller; a repeated call agrees once"
    ),
    Column("buyer_id", Text, ForeignKey("party.id"), nullable=False),
    Column("version", Integer, nullable=False, comment="1, 2, … for each buyer and currency"),
    Column("currency", CHAR(3), nullable=False),
    Column(
        "tiers",
        JSONB,
        nullable=False,
        comment="from_quantity, prices by size in 10^-6 of the currency, discount_ppm off the list",
    ),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("valid_until", DateTime(timezone=True), nullable=True, comment="exclusive; null: without end"),
    Column("agreed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("buyer_id", "currency", "version"),
    CheckConstraint("valid_until > valid_from", name="ends_after_it_begins"),
    CheckConstraint("version > 0", name="version_above_zero"),
)
"""Prices agreed with one buyer. Rows never change: a later version takes the place of an earlier."""

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
    Column("territory", CHAR(2), nullable=False, comment="tax country of the buyer, ISO 3166-1 alpha-2"),
    Column("quantity_before", Integer, nullable=False, comment="licensed by the buyer earlier in that month"),
    Column("tier", Text, nullable=False),
    Column("amount_micros", BigInteger, nullable=False, comment="price, in 10^-6 of the currency"),
    Column("currency", CHAR(3), nullable=False),
    Column("price_book_version", Text, ForeignKey("license_price_book.version"), nullable=False),
    Column("sold_at", DateTime(timezone=True), nullable=False),
    Column(
        "agreement_id",
        Text,
        ForeignKey("license_agreement.id"),
        nullable=True,
        comment="that priced it; null: the price book alone",
    ),
    CheckConstraint("amount_micros > 0", name="price_above_zero"),
    CheckConstraint("territory ~ '^[A-Z]{2}$'", name="territory_is_a_code"),
    CheckConstraint("quantity_before >= 0", name="quantity_not_negative"),
    Index(None, "buyer_id", "sold_at"),
    Index(None, "asset_id"),
)
"""One row a license granted; the database refuses changes."""

refund = Table(
    "license_refund",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "key", Text, nullable=False, unique=True, comment="made by the caller; a repeated call refunds once"
    ),
    Column("sale_id", Text, ForeignKey("license_sale.id"), nullable=True, comment="null for a deal"),
    Column("deal_id", Text, ForeignKey("fund_deal.id"), nullable=True, comment="null for a sale"),
    Column("kind", Text, nullable=False, comment="refund, chargeback or cancellation"),
    Column("amount_micros", BigInteger, nullable=False, comment="given back, in 10^-6 of the currency"),
    Column(
        "before_micros", BigInteger, nullable=False, comment="given back before, in 10^-6 of the currency"
    ),
    Column("fund_micros", BigInteger, nullable=False, comment="the fund's part, in 10^-6 of the currency"),
    Column(
        "fund_before_micros",
        BigInteger,
        nullable=False,
        comment="the fund's part of what was given back before, in 10^-6 of the currency",
    ),
    Column("currency", CHAR(3), nullable=False),
    Column("reason", Text, nullable=False, comment="one line for people"),
    Column("refunded_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("sale_id", "before_micros"),
    UniqueConstraint("deal_id", "before_micros"),
    CheckConstraint("num_nonnulls(sale_id, deal_id) = 1", name="of_one_source"),
    CheckConstraint("kind IN ('refund', 'chargeback', 'cancellation')", name="kind_known"),
    CheckConstraint("amount_micros > 0 AND before_micros >= 0", name="amount_above_zero"),
    CheckConstraint("fund_micros BETWEEN 0 AND amount_micros", name="part_of_amount"),
    CheckConstraint("reason <> ''", name="reason_given"),
)
"""What buyers got back of a sale or deal, in parts or at once. Their sum never exceeds the price: each row
says what came before it, no two of a sale can say the same, and a trigger compares.
"""
