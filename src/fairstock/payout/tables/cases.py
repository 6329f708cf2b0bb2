"""What people have to look at: hits on sanction lists, disputes, and the adjustments that they decide;
append-only.
"""

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
    text,
)

from fairstock.db.metadata import metadata

sanction_hit = Table(
    "payout_sanction_hit",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("entry", Text, nullable=False, comment="of the list"),
    Column("listed", Text, nullable=False, comment="what the list says there"),
    Column("matched", Text, nullable=False, comment="what of the contributor is like it"),
    Column("list_version", Text, nullable=False),
    Column("found_at", DateTime(timezone=True), nullable=False),
    Index(None, "contributor_id"),
)
"""Contributors who are like an entry of a sanction list; each likeness once."""

sanction_clearance = Table(
    "payout_sanction_clearance",
    metadata,
    Column("hit_id", Text, ForeignKey("payout_sanction_hit.id"), primary_key=True),
    Column("cleared_by", Text, ForeignKey("party.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("cleared_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("length(trim(reason)) > 0", name="reason_given"),
)
"""Hits that staff found to be somebody else."""

dispute = Table(
    "payout_dispute",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("period", CHAR(7), ForeignKey("fund_period.id"), nullable=False, comment="of the statement"),
    Column("subject_kind", Text, nullable=False, comment="allocation, payout or withholding"),
    Column("subject", Text, nullable=False, comment="what names the line"),
    Column("amount_micros", BigInteger, nullable=False, comment="of the line, in 10^-6 of the currency"),
    Column("currency", CHAR(3), nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("subject_kind IN ('allocation', 'payout', 'withholding')", name="subject_known"),
    Index(None, "contributor_id", "period"),
)
"""Lines of statements that their contributors dispute."""

dispute_event = Table(
    "payout_dispute_event",
    metadata,
    Column("dispute_id", Text, ForeignKey("payout_dispute.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False, comment="1, 2, …"),
    Column("kind", Text, nullable=False, comment="opened, answered or resolved"),
    Column("party_id", Text, ForeignKey("party.id"), nullable=False, comment="who spoke"),
    Column("text", Text, nullable=False),
    Column("outcome", Text, nullable=True, comment="upheld or rejected; null unless resolved"),
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint("kind IN ('opened', 'answered', 'resolved')", name="kind_known"),
    CheckConstraint("(kind = 'opened') = (position = 1)", name="opened_first"),
    CheckConstraint("(kind = 'resolved') = (outcome IS NOT NULL)", name="outcome_when_resolved"),
    CheckConstraint("outcome IN ('upheld', 'rejected')", name="outcome_known"),
    CheckConstraint("length(trim(text)) > 0", name="says_something"),
    Index(
        "uq_payout_dispute_event_resolved",
        "dispute_id",
        unique=True,
        postgresql_where=text("kind = 'resolved'"),
    ),
)
"""What was said about a dispute, in order; it is open until an event resolves it, which happens once."""

adjustment = Table(
    "payout_adjustment",
    metadata,
    Column("id", Text, primary_key=True, comment="ledger key: adjust:<id>"),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("period", CHAR(7), nullable=False, comment="on whose statement it stands"),
    Column("kind", Text, nullable=False, comment="backpay, dispute_resolution, refund or revenue_correction"),
    Column(
        "amount_micros",
        BigInteger,
        nullable=False,
        comment="positive: owed more; in 10^-6 of the currency",
    ),
    Column("currency", CHAR(3), nullable=False),
    Column("against", Text, nullable=False, comment="ledger account that gives or takes it"),
    Column("reason", Text, nullable=False),
    Column("dispute_id", Text, ForeignKey("payout_dispute.id"), nullable=True),
    Column("decided_by", Text, ForeignKey("party.id"), nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("amount_micros <> 0", name="not_zero"),
    CheckConstraint(
        "kind IN ('backpay', 'dispute_resolution', 'refund', 'revenue_correction')", name="kind_known"
    ),
    CheckConstraint("against IN ('revenue:house', 'reserve:fund')", name="against_known"),
    CheckConstraint("length(trim(reason)) > 0", name="reason_given"),
    Index(None, "contributor_id"),
)
"""Corrections that staff decided."""
