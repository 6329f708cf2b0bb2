"""What people ask, answer, appeal and withdraw, and what is found about accounts; append-only."""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from fairstock.db.metadata import metadata

screening_request = Table(
    "screening_request",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from upload, reviewer and words"),
    Column("upload_id", Text, ForeignKey("upload.id"), nullable=False),
    Column("reviewer_id", Text, ForeignKey("party.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Index(None, "upload_id"),
)

screening_answer = Table(
    "screening_answer",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from upload, file and words"),
    Column("upload_id", Text, ForeignKey("upload.id"), nullable=False),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("note", Text, nullable=False),
    Column("sha256", CHAR(64), comment="the raw or layered file, in the object store"),
    Column("filename", Text, comment="as the contributor named it; never believed"),
    Column("bytes", BigInteger),
    Column("support", JSONB(none_as_null=True), comment="kind, matches, difference, notes"),
    Column("answered_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("num_nulls(sha256, filename, bytes) IN (0, 3)", name="file"),
    CheckConstraint("sha256 IS NOT NULL OR note <> ''", name="something"),
    Index(None, "upload_id"),
)

screening_appeal = Table(
    "screening_appeal",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from upload and what is appealed"),
    Column("upload_id", Text, ForeignKey("upload.id"), nullable=False),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("verdict_id", Text, ForeignKey("screening_verdict.id"), nullable=False),
    Column(
        "review_id",
        Text,
        ForeignKey("screening_review.id", use_alter=True),
        comment="null where the machine alone had decided",
    ),
    Column("text", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("text <> ''", name="reasoned"),
    Index(None, "upload_id"),
)

screening_withdrawal = Table(
    "screening_withdrawal",
    metadata,
    Column("upload_id", Text, ForeignKey("upload.id"), primary_key=True),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("withdrawn_at", DateTime(timezone=True), nullable=False),
)

screening_finding = Table(
    "screening_finding",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from contributor and number"),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("number", Integer, nullable=False, comment="1, then one more after each clearing"),
    Column("rule_version", Text, nullable=False),
    Column("model", Text, nullable=False, comment="whose p-values"),
    Column("pictures", Integer, nullable=False, comment="of the account when the threshold was reached"),
    Column("value", Float, nullable=False, comment="log10 of the evidence"),
    Column("threshold", Float, nullable=False, comment="log10 of the evidence that flags"),
    Column("upload_id", Text, ForeignKey("upload.id"), nullable=False),
    Column("found_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("contributor_id", "number"),
)

screening_finding_decision = Table(
    "screening_finding_decision",
    metadata,
    Column("finding_id", Text, ForeignKey("screening_finding.id"), primary_key=True),
    Column("staff_id", Text, ForeignKey("party.id"), nullable=False),
    Column("standing", Text, nullable=False, comment="cleared or confirmed"),
    Column("note", Text, nullable=False),
    Column("pictures", Integer, nullable=False, comment="of the account at that time"),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("standing IN ('cleared', 'confirmed')", name="standing"),
    CheckConstraint("note <> ''", name="reasoned"),
)
