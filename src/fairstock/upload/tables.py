"""Tables of uploads; imported by ``store.py`` only."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from fairstock.asset.model import EMBEDDING_DIMENSIONS
from fairstock.db.metadata import metadata
from fairstock.db.vectors import BinaryVector

upload = Table(
    "upload",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from contributor, batch, file name and digest"),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("batch", Text, nullable=False, comment="the contributor's name for what was sent together"),
    Column(
        "position", Integer, nullable=False, comment="order within the batch, which is the order of judging"
    ),
    Column("filename", Text, nullable=False, comment="as the contributor named it; never believed"),
    Column("sha256", CHAR(64), nullable=False, comment="digest of the bytes as they came"),
    Column("bytes", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("keywords", ARRAY(Text), nullable=False),
    Column("claim", JSONB, nullable=False, comment="the rights claim as given"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False, comment="UploadState"),
    Column("asset_id", Text, ForeignKey("asset.id"), comment="what it was published as"),
    Column("refusal", JSONB(none_as_null=True), comment="why the gate refused it: code, sentence, next_step"),
    CheckConstraint(
        "state IN ('received', 'accepted', 'rejected', 'review', 'evidence_wanted', 'withdrawn', 'refused')",
        name="state",
    ),
    CheckConstraint("state <> 'accepted' OR asset_id IS NOT NULL", name="published"),
    CheckConstraint("asset_id IS NULL OR state NOT IN ('received', 'refused')", name="unpublished"),
    CheckConstraint("refusal IS NOT NULL OR state <> 'refused'", name="refused"),
    CheckConstraint("refusal IS NULL OR state NOT IN ('received', 'accepted')", name="opened"),
    Index(None, "contributor_id"),
    Index(None, "sha256"),
    Index(None, "asset_id"),
)

upload_traits = Table(
    "upload_traits",
    metadata,
    Column("upload_id", Text, ForeignKey("upload.id"), primary_key=True),
    Column("mime", Text, nullable=False, comment="by content, such as image/png"),
    Column("width", Integer, nullable=False, comment="pixels, upright"),
    Column("height", Integer, nullable=False, comment="pixels, upright"),
    Column("phash", BigInteger, nullable=False, comment="pHash 8 × 8 on white, signed"),
    Column("phash_mirror", BigInteger, nullable=False, comment="the same of the mirror image"),
    Column("embedding", BinaryVector(EMBEDDING_DIMENSIONS), nullable=False, comment="unit feature vector"),
    Column("embedding_version", Text, nullable=False, comment="which model made the vector"),
    Column("sketch", LargeBinary, nullable=False, comment="64 × 64 RGB, for comparing pixel by pixel"),
    Column("local_version", Text, comment="which extractor made them"),
    Column("local_features", LargeBinary, comment="packed"),
    Column("local_words", ARRAY(Integer), comment="by which the picture is found once published"),
    CheckConstraint("num_nulls(local_version, local_features, local_words) IN (0, 3)", name="local"),
)
