"""Accounts, orders and how they ended. Only accounts change; everything else is append-only (triggers of
migrations 0004 and 0008).
"""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from fairstock.db.metadata import metadata

account = Table(
    "payout_account",
    metadata,
    Column("contributor_id", Text, ForeignKey("party.id"), primary_key=True),
    Column("method", Text, nullable=False, comment="how the money travels"),
    Column("reference", Text, nullable=False, comment="what the bank needs to find the account"),
    Column("verified", Boolean, nullable=False),
    Column("country", CHAR(2), nullable=False, comment="tax residence as stated, ISO 3166-1 alpha-2"),
    Column(
        "tax_form_valid_until",
        Date,
        nullable=True,
        comment="last day; null: no form, or one that does not expire",
    ),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("tax_form", Text, nullable=True, comment="W-9 or W-8BEN; null: none was handed in"),
    Column("currency", CHAR(3), nullable=True, comment="wanted; null: as it was earned"),
    CheckConstraint("tax_form IN ('W-9', 'W-8BEN')", name="tax_form_known"),
)
"""Where contributors want their money now; each payout keeps the account that it went to."""

policy = Table(
    "payout_policy",
    metadata,
    Column("version", Text, primary_key=True),
    Column("body", Text, nullable=False, comment="the TOML text"),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""Every version that was used."""

hold = Table(
    "payout_hold",
    metadata,
    Column("contributor_id", Text, ForeignKey("party.id"), primary_key=True),
    Column("period", CHAR(7), ForeignKey("fund_period.id"), primary_key=True),
    Column("currency", CHAR(3), primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("balance_micros", BigInteger, nullable=False, comment="owed then, in 10^-6 of the currency"),
    Column("policy_version", Text, ForeignKey("payout_policy.version"), nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
)
"""Why a balance was not paid when the period's payouts were made."""

payout = Table(
    "payout",
    metadata,
    Column("id", Text, primary_key=True, comment="also the bank's idempotency key"),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("period", CHAR(7), ForeignKey("fund_period.id"), nullable=False),
    Column("amount_micros", BigInteger, nullable=False, comment="whole cents, in 10^-6 of the currency"),
    Column("currency", CHAR(3), nullable=False),
    Column("method", Text, nullable=False),
    Column("reference", Text, nullable=False, comment="account as it was when ordered"),
    Column("policy_version", Text, ForeignKey("payout_policy.version"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column(
        "withheld_micros",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="kept for tax authorities besides the amount, in 10^-6 of the currency",
    ),
    UniqueConstraint("contributor_id", "period", "currency"),
    CheckConstraint("amount_micros > 0 AND amount_micros % 10000 = 0", name="whole_cents"),
    CheckConstraint("withheld_micros >= 0", name="withheld_not_negative"),
    Index(None, "period"),
)
"""Payment orders, one for each contributor, period and currency."""

attempt = Table(
    "payout_attempt",
    metadata,
    Column("id", Text, primary_key=True),
    Column("payout_id", Text, ForeignKey("payout.id"), nullable=False),
    Column("answer", Text, nullable=False, comment="paid, returned, unknown, or silence"),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Index(None, "payout_id"),
)
"""Each time that the bank was asked and what it said: for people, nothing is decided by it."""

outcome = Table(
    "payout_outcome",
    metadata,
    Column("payout_id", Text, ForeignKey("payout.id"), primary_key=True),
    Column("state", Text, nullable=False, comment="paid or returned"),
    Column("bank_reference", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="the bank's words for a return"),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("state IN ('paid', 'returned')", name="state_known"),
)
"""How an order ended: one row at most, so it can end once."""

takeback = Table(
    "payout_takeback",
    metadata,
    Column("payout_id", Text, ForeignKey("payout.id"), primary_key=True),
    Column("bank_reference", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="the bank's words"),
    Column("taken_at", DateTime(timezone=True), nullable=False),
)
"""Payments that had arrived and that the bank took back later; the outcome stays what it was."""
