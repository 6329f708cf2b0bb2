"""Tables of moderation; imported by ``store.py`` only. Append-only by use."""

from __future__ import annotations

from sqlalchemy import CHAR, CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from fairstock.db.metadata import metadata

moderation_finding = Table(
    "moderation_finding",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from ask, picture and kind"),
    Column("ask", Text, nullable=False, comment="derived from the buyer and what was asked"),
    Column("buyer_id", Text, ForeignKey("party.id"), nullable=False),
    Column("sha256", CHAR(64), comment="the picture that was sent; none where what was made is meant"),
    Column("kind", Text, nullable=False, comment="faces, likeness or nudity"),
    Column("outcome", Text, nullable=False, comment="refused, watched or passed"),
    Column("evidence", JSONB, nullable=False),
    Column("policy_version", Text, nullable=False),
    Column("found_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("kind IN ('faces', 'likeness', 'nudity')", name="kind"),
    CheckConstraint("outcome IN ('refused', 'watched', 'passed')", name="outcome"),
    Index(None, "ask"),
    Index(None, "buyer_id"),
    Index(None, "found_at"),
)
