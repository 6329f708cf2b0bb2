"""Tables of the opt-out registry; imported by ``store.py`` only."""

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
    func,
    text,
)

from fairstock.asset.model import EMBEDDING_DIMENSIONS
from fairstock.db.metadata import metadata
from fairstock.db.near_hashes import band_keys
from fairstock.db.shared_words import feature_columns, word_columns
from fairstock.db.vectors import BinaryVector

optout_entry = Table(
    "optout_entry",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from what the entry says"),
    Column("sha256", CHAR(64), comment="digest of the exact file"),
    Column("phash", BigInteger, comment="pHash of the picture, signed"),
    Column("uses", ARRAY(Text), nullable=False, comment="sale, training, likeness"),
    Column("since", DateTime(timezone=True), nullable=False, comment="from when the refusal holds"),
    Column("evidence", Text, nullable=False, comment="who asked, and how that was checked"),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("sha256 IS NOT NULL OR phash IS NOT NULL", name="identified"),
    CheckConstraint("uses <@ ARRAY['sale', 'training', 'likeness'] AND cardinality(uses) > 0", name="uses"),
    Index(None, "sha256"),
    *(
        Index(f"ix_optout_entry_band_{number}", text(key), postgresql_include=["phash"])
        for number, key in enumerate(band_keys("phash"), 1)
    ),
)

optout_picture = Table(
    "optout_picture",
    metadata,
    Column("entry_id", Text, ForeignKey("optout_entry.id"), primary_key=True),
    Column("width", Integer, nullable=False, comment="pixels, upright"),
    Column("height", Integer, nullable=False, comment="pixels, upright"),
    Column("embedding", BinaryVector(EMBEDDING_DIMENSIONS), nullable=False, comment="unit feature vector"),
    Column("embedding_version", Text, nullable=False, comment="which model made the vector"),
    Column("sketch", LargeBinary, nullable=False, comment="64 × 64 RGB, for laying uploads on it"),
    Index(
        "ix_optout_picture_embedding",
        "embedding",
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "vector_cosine_ops"},
    ),
)

optout_local = Table("optout_local", metadata, *feature_columns("entry_id", "optout_entry.id"))
"""Local features of the pictures."""

optout_local_word = Table("optout_local_word", metadata, *word_columns("optout_local"))
"""Their words, one by one."""

optout_name = Table(
    "optout_name",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from name and use"),
    Column("name", Text, nullable=False),
    Column("use", Text, nullable=False, comment="style or likeness"),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("evidence", Text, nullable=False),
    CheckConstraint("use IN ('style', 'likeness')", name="use"),
)
