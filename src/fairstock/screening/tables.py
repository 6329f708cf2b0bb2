"""Tables of screening; imported by ``store.py`` only. All are append-only by use: nothing here is updated."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from fairstock.db.metadata import metadata

screening_observation = Table(
    "screening_observation",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from upload, kind, value and detector version"),
    Column("upload_id", Text, ForeignKey("upload.id"), nullable=False),
    Column("kind", Text, nullable=False, comment="ObservationKind"),
    Column("value", Text, nullable=False, comment="what was seen, in one word or id"),
    Column("evidence", JSONB, nullable=False),
    Column("detector", Text, nullable=False),
    Column("detector_version", Text, nullable=False),
    Index(None, "upload_id"),
)

screening_verdict = Table(
    "screening_verdict",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from upload and policy version"),
    Column("upload_id", Text, ForeignKey("upload.id"), nullable=False),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False, comment="whose upload it is"),
    Column("policy_version", Text, nullable=False),
    Column("outcome", Text, nullable=False, comment="Outcome"),
    Column("reasons", ARRAY(Text), nullable=False, comment="reason codes, strongest first"),
    Column(
        "notice",
        JSONB,
        nullable=False,
        comment="the reasons with their sentences, as the contributor reads them",
    ),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("upload_id", "policy_version"),
    CheckConstraint("outcome IN ('accept', 'review', 'request', 'reject')", name="outcome"),
    CheckConstraint("(outcome = 'accept') = (cardinality(reasons) = 0)", name="reasons"),
    Index(None, "contributor_id"),
)

screening_review = Table(
    "screening_review",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from the upload"),
    Column("upload_id", Text, ForeignKey("upload.id"), nullable=False),
    Column("reviewer_id", Text, ForeignKey("party.id"), nullable=False),
    Column("outcome", Text, nullable=False, comment="accept or reject"),
    Column("reason_codes", ARRAY(Text), nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("upload_id"),
    CheckConstraint("outcome IN ('accept', 'reject')", name="outcome"),
    Index(None, "reviewer_id"),
)
