"""Tables of the generation context; imported by ``store.py`` only."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from fairstock.db.metadata import metadata

generation_request = Table(
    "generation_request",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from the key"),
    Column(
        "key",
        Text,
        nullable=False,
        unique=True,
        comment="made by the caller; a repeated key is the same request",
    ),
    Column("buyer_id", Text, ForeignKey("party.id"), nullable=False),
    Column("prompt", Text, nullable=False),
    Column("size", Integer, nullable=False, comment="edge in pixels"),
    Column("n", Integer, nullable=False, comment="pictures asked for"),
    Column("state", Text, nullable=False, comment="refused, review, pending, done or failed"),
    Column("decision", JSONB, nullable=False, comment="moderation's decision as it was made"),
    Column(
        "release_id", Text, ForeignKey("model_release.id"), comment="that made the pictures; null until then"
    ),
    Column("failure", Text, comment="why it failed, one sentence"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True), comment="when it was refused, done or failed"),
    Column(
        "kind", Text, nullable=False, server_default="create", comment="create, edit, variation or refine"
    ),
    Column("source_sha256", CHAR(64), comment="the buyer's own picture, decoded, as PNG"),
    Column("mask_sha256", CHAR(64), comment="PNG of the same size; alpha 0 is what changes"),
    Column("parent_asset_id", Text, ForeignKey("asset.id"), comment="the picture that is continued"),
    Column("options", JSONB, nullable=False, server_default=text("'{}'"), comment="text by name"),
    Column("plan", JSONB, comment="diversity planning: rule, table, person, and prompt of each picture"),
    CheckConstraint("state IN ('refused', 'review', 'pending', 'done', 'failed')", name="state"),
    CheckConstraint("n BETWEEN 1 AND 10", name="n"),
    CheckConstraint("size > 0", name="size"),
    CheckConstraint("state <> 'done' OR release_id IS NOT NULL", name="done_has_release"),
    CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failed_has_reason"),
    CheckConstraint("(state IN ('refused', 'done', 'failed')) = (finished_at IS NOT NULL)", name="finished"),
    CheckConstraint("kind IN ('create', 'edit', 'variation', 'refine')", name="kind"),
    CheckConstraint(
        "(kind = 'create') = (source_sha256 IS NULL AND parent_asset_id IS NULL)", name="begins_with"
    ),
    CheckConstraint("kind <> 'edit' OR source_sha256 IS NOT NULL", name="edit_has_source"),
    CheckConstraint("kind <> 'refine' OR parent_asset_id IS NOT NULL", name="refine_has_parent"),
    CheckConstraint("mask_sha256 IS NULL OR kind IN ('edit', 'refine')", name="mask"),
    Index(None, "buyer_id", "created_at"),
)

generated_image = Table(
    "generated_image",
    metadata,
    Column("asset_id", Text, ForeignKey("asset.id"), primary_key=True),
    Column("request_id", Text, ForeignKey("generation_request.id"), nullable=False),
    Column("index", Integer, nullable=False, comment="place in the request, from 0"),
    Column("seed", BigInteger, nullable=False, comment="derived from the request's key"),
    Column("release_id", Text, ForeignKey("model_release.id"), nullable=False),
    Column(
        "attempts", Integer, nullable=False, comment="1, plus drafts thrown away as too near a training work"
    ),
    Column("retrieved", ARRAY(Text), nullable=False, comment="digests of the works that the model looked at"),
    Column("nearest_sha256", CHAR(64), comment="training work most like the picture; null where unknown"),
    Column("nearest_similarity", Double, comment="likeness to the nearest training work, 0 to 1"),
    Column("parent_asset_id", Text, ForeignKey("asset.id"), comment="the picture that it continues"),
    UniqueConstraint("request_id", "index"),
    CheckConstraint('"index" >= 0', name="index"),
    CheckConstraint("attempts >= 1", name="attempts"),
    CheckConstraint("parent_asset_id <> asset_id", name="parent"),
    Index(None, "release_id"),
    Index(None, "parent_asset_id"),
)

generation_queue = Table(
    "generation_queue",
    metadata,
    Column("request_id", Text, ForeignKey("generation_request.id"), primary_key=True),
    Column("sell", Boolean, nullable=False, comment="whether the licenses are sold when it is done"),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("deadline_at", DateTime(timezone=True), comment="not made after this; null: no limit"),
    Column("worker", BigInteger, comment="the advisory lock that its worker holds; null: waits"),
    Column("made", Integer, nullable=False, server_default="0", comment="pictures drawn so far"),
    CheckConstraint("made >= 0", name="made"),
    Index(None, "asked_at"),
)
