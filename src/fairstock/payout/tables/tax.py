"""Where balances came from, what is withheld of them, and conversions; append-only."""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from fairstock.db.metadata import metadata

withholding_rules = Table(
    "payout_withholding_rules",
    metadata,
    Column("version", Text, primary_key=True),
    Column("body", Text, nullable=False, comment="the TOML text"),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""Every version that was used."""

withholding = Table(
    "payout_withholding",
    metadata,
    Column("payout_id", Text, ForeignKey("payout.id"), primary_key=True),
    Column("authority", Text, primary_key=True, comment="owner of the ledger account withheld:<authority>"),
    Column("country", CHAR(2), primary_key=True, comment="of the buyers"),
    Column(
        "income_micros",
        BigInteger,
        nullable=False,
        comment="came from buyers there, in 10^-6 of the currency",
    ),
    Column("rate_ppm", Integer, nullable=False, comment="in millionths"),
    Column("amount_micros", BigInteger, nullable=False, comment="withheld, in 10^-6 of the currency"),
    Column("currency", CHAR(3), nullable=False),
    Column("reason", Text, nullable=False),
    Column("rules_version", Text, ForeignKey("payout_withholding_rules.version"), nullable=False),
    CheckConstraint("income_micros > 0", name="income_above_zero"),
    CheckConstraint("rate_ppm BETWEEN 0 AND 1000000", name="rate_is_share"),
    CheckConstraint("amount_micros BETWEEN 0 AND income_micros", name="part_of_income"),
)
"""What was withheld from a payout, also where a treaty or a form made it nothing."""

pool_territory = Table(
    "payout_pool_territory",
    metadata,
    Column("pool_id", Text, ForeignKey("fund_pool.id"), primary_key=True),
    Column("country", CHAR(2), primary_key=True, comment="of the buyers; ZZ: not known"),
    Column(
        "amount_micros",
        BigInteger,
        nullable=False,
        comment="what they paid into the pool, in 10^-6 of the currency",
    ),
    Column("currency", CHAR(3), nullable=False),
)
"""From which countries the money of a pool came, for pools that are divided as a whole."""

sourced_period = Table(
    "payout_sourced_period",
    metadata,
    Column("period", CHAR(7), ForeignKey("fund_period.id"), primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""Closed periods whose earnings are in ``payout_sourced``."""

sourced = Table(
    "payout_sourced",
    metadata,
    Column("contributor_id", Text, ForeignKey("party.id"), primary_key=True),
    Column("currency", CHAR(3), primary_key=True),
    Column("country", CHAR(2), primary_key=True, comment="of the buyers; ZZ: not known"),
    Column("kind", Text, primary_key=True, comment="earned, converted_out, converted_in, paid or returned"),
    Column("reference", Text, primary_key=True, comment="period, conversion or payout"),
    Column(
        "amount_micros",
        BigInteger,
        nullable=False,
        comment="in 10^-6 of the currency; negative where it left the balance",
    ),
    CheckConstraint(
        "kind IN ('earned', 'converted_out', 'converted_in', 'paid', 'returned')", name="kind_known"
    ),
    Index(None, "reference"),
)
"""How much of a contributor's balance came from buyers of which country: the base of withholding."""

conversion = Table(
    "payout_conversion",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("period", CHAR(7), ForeignKey("fund_period.id"), nullable=False),
    Column("from_currency", CHAR(3), nullable=False),
    Column("from_micros", BigInteger, nullable=False, comment="in 10^-6 of from_currency"),
    Column("to_currency", CHAR(3), nullable=False),
    Column(
        "to_micros",
        BigInteger,
        nullable=False,
        comment="in 10^-6 of to_currency; from × rate, cut to a whole micro-unit",
    ),
    Column("rate", Text, nullable=False, comment="decimal: units of to_currency for one of from_currency"),
    Column("rate_date", Date, nullable=False),
    Column("rate_source", Text, nullable=False),
    Column("converted_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("from_micros > 0 AND to_micros > 0", name="above_zero"),
    Index(None, "contributor_id"),
)
"""Balances that became another currency, with the rate."""
