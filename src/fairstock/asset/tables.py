"""Tables of the catalogue; imported by ``store.py`` only."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from fairstock.asset.model import EMBEDDING_DIMENSIONS
from fairstock.db.metadata import metadata
from fairstock.db.near_hashes import band_keys
from fairstock.db.shared_words import feature_columns, word_columns
from fairstock.db.vectors import BinaryVector

asset = Table(
    "asset",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from contributor and digest"),
    Column("contributor_id", Text, ForeignKey("party.id"), comment="null exactly for generated pictures"),
    Column("kind", Text, nullable=False, comment="human or generated"),
    Column(
        "sha256",
        CHAR(64),
        nullable=False,
        comment="digest of the original file, its name in the object store",
    ),
    Column("mime", Text, nullable=False),
    Column("width", Integer, nullable=False, comment="pixels"),
    Column("height", Integer, nullable=False, comment="pixels"),
    Column("bytes", BigInteger, nullable=False, comment="size of the original file"),
    Column("title", Text, nullable=False),
    Column("keywords", ARRAY(Text), nullable=False),
    Column("license", Text, nullable=False, comment="under which the house has it"),
    Column("source", Text, nullable=False, comment="where it came from"),
    Column(
        "state", Text, nullable=False, server_default="live", comment="live, withdrawn, taken_down or private"
    ),
    Column("training_consent", Boolean, nullable=False, comment="as it stood when the picture came in"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("private_to", Text, ForeignKey("party.id"), comment="the buyer whose material is in it"),
    UniqueConstraint("contributor_id", "sha256"),
    CheckConstraint("kind IN ('human', 'generated')", name="kind"),
    CheckConstraint("state IN ('live', 'withdrawn', 'taken_down', 'private')", name="state"),
    CheckConstraint("(state = 'private') <= (private_to IS NOT NULL)", name="private"),
    CheckConstraint("state <> 'live' OR private_to IS NULL", name="live_is_everybodys"),
    CheckConstraint("(kind = 'generated') = (contributor_id IS NULL)", name="owner"),
    CheckConstraint("width > 0 AND height > 0 AND bytes > 0", name="size"),
    Index(None, "sha256"),
    Index(None, "created_at"),
)

asset_fingerprint = Table(
    "asset_fingerprint",
    metadata,
    Column("asset_id", Text, ForeignKey("asset.id"), primary_key=True),
    Column("phash", BigInteger, nullable=False, comment="pHash 8 × 8 on white, signed"),
    Column("phash_mirror", BigInteger, nullable=False, comment="the same of the mirror image"),
    Column("embedding", BinaryVector(EMBEDDING_DIMENSIONS), comment="unit feature vector"),
    Column("embedding_version", Text, comment="which model made the vector"),
    CheckConstraint("(embedding IS NULL) = (embedding_version IS NULL)", name="embedding"),
    Index(
        "ix_asset_fingerprint_embedding",
        "embedding",
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "vector_cosine_ops"},
    ),
    *(
        Index(f"ix_asset_fingerprint_band_{number}", text(key), postgresql_include=["phash"])
        for number, key in enumerate(band_keys("phash"), 1)
    ),
)

asset_local = Table("asset_local", metadata, *feature_columns("asset_id", "asset.id"))
"""Local features."""

asset_local_word = Table("asset_local_word", metadata, *word_columns("asset_local"))
"""Their words, one by one."""
