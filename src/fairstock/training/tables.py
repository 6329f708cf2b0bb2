"""Tables of the training context; imported by ``store.py`` only."""

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
from sqlalchemy.dialects.postgresql import JSONB

from fairstock.db.metadata import metadata

model_release = Table(
    "model_release",
    metadata,
    Column("id", Text, primary_key=True, comment="such as house-1"),
    Column("name", Text, nullable=False, comment="what files and statements call the system"),
    Column("manifest_sha256", CHAR(64), comment="of the manifest's CSV; null where its training is unknown"),
    Column("seed", BigInteger, comment="of the training; null where unknown"),
    Column("works", Integer, nullable=False, comment="works in the manifest"),
    Column("created_at", DateTime(timezone=True), nullable=False, comment="when the release was exported"),
    Column("state", Text, nullable=False, comment="active or retired"),
    Column("details", JSONB, nullable=False, comment="steps, samples, parameters"),
    CheckConstraint("state IN ('active', 'retired')", name="state"),
    CheckConstraint("works >= 0", name="works"),
    CheckConstraint("(manifest_sha256 IS NULL) = (works = 0)", name="manifest"),
)

training_manifest_entry = Table(
    "training_manifest_entry",
    metadata,
    Column("release_id", Text, ForeignKey("model_release.id"), primary_key=True),
    Column("work_sha256", CHAR(64), primary_key=True, comment="digest of the work as it was trained on"),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("cluster", Integer, nullable=False, comment="near-duplicates share a number"),
    Column("asset_id", Text, ForeignKey("asset.id"), comment="the work in the catalogue, where it is in it"),
    Column(
        "published_at",
        DateTime(timezone=True),
        comment="when the work became available in the library; null: not known, which counts as the oldest",
    ),
    Index(None, "contributor_id"),
    Index(None, "asset_id"),
)
