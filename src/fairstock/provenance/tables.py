"""Tables of provenance; imported by ``store.py`` only."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, LargeBinary, Table, Text

from fairstock.db.metadata import metadata

provenance_mark = Table(
    "provenance_mark",
    metadata,
    Column("asset_id", Text, ForeignKey("asset.id"), primary_key=True),
    Column("method", Text, nullable=False, comment="name and version of the watermark"),
    Column("payload", LargeBinary, comment="what is written in the pixels; null where nothing is"),
    Column("reason", Text, comment="why nothing is written, one clause; null where something is"),
    Column("marked_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("(payload IS NULL) = (reason IS NOT NULL)", name="marked_or_why_not"),
    Index(None, "payload"),
)
