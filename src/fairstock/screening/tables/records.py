"""What was seen and decided; nothing here is ever updated."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
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
    Column("id", Text, primary_key=True, comment="derived from upload, policy version and observations"),
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
    Column("number", Integer, nullable=False, comment="1, 2, … of one upload; the last one is in force"),
    Column("effect", Text, nullable=False, comment="Effect: acts, people or noted"),
    Column("observed", ARRAY(Text), nullable=False, comment="ids of the observations that it rests on"),
    UniqueConstraint("upload_id", "number"),
    CheckConstraint("effect IN ('acts', 'people', 'noted')", name="effect"),
    CheckConstraint("outcome IN ('accept', 'review', 'request', 'reject')", name="outcome"),
    CheckConstraint("(outcome = 'accept') = (cardinality(reasons) = 0)", name="reasons"),
    Index(None, "contributor_id"),
)

screening_review = Table(
    "screening_review",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from upload and number"),
    Column("upload_id", Text, ForeignKey("upload.id"), nullable=False),
    Column("number", Integer, nullable=False, comment="1, 2, … of one upload"),
    Column("verdict_id", Text, ForeignKey("screening_verdict.id"), nullable=False),
    Column("appeal_id", Text, ForeignKey("screening_appeal.id"), comment="null for a first decision"),
    Column("reviewer_id", Text, ForeignKey("party.id"), nullable=False),
    Column("outcome", Text, nullable=False, comment="accept or reject"),
    Column("reason_codes", ARRAY(Text), nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("upload_id", "number"),
    UniqueConstraint("appeal_id"),
    CheckConstraint("outcome IN ('accept', 'reject')", name="outcome"),
    Index(None, "reviewer_id"),
    Index(None, "verdict_id"),
)
