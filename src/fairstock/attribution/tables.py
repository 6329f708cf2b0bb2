"""Tables of the attribution context."""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from fairstock.db.metadata import metadata

method = Table(
    "attribution_method",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("release_id", Text, ForeignKey("model_release.id"), nullable=False),
    Column("reliability_ppb", BigInteger, nullable=True, comment="measured, in 10^-9; null: unmeasured"),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("name", "version", "release_id"),
    CheckConstraint("reliability_ppb BETWEEN 0 AND 1000000000", name="reliability_is_a_share"),
)
"""Ways to attribute, one row for each release that they explain."""

result = Table(
    "attribution_result",
    metadata,
    Column("asset_id", Text, ForeignKey("asset.id"), primary_key=True),
    Column("method_id", Text, ForeignKey("attribution_method.id"), primary_key=True),
    Column("works", Integer, nullable=False, comment="works with a share; 0: the method could name none"),
    Column("attributed_at", DateTime(timezone=True), nullable=False),
    Index(None, "method_id"),
)
"""Pictures that were attributed, whatever came out."""

share = Table(
    "attribution_share",
    metadata,
    Column("asset_id", Text, primary_key=True),
    Column("method_id", Text, primary_key=True),
    Column("work_sha256", CHAR(64), primary_key=True),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("share_ppb", BigInteger, nullable=False, comment="in 10^-9; a picture's shares sum to 10^9"),
    ForeignKeyConstraint(
        ["asset_id", "method_id"], ["attribution_result.asset_id", "attribution_result.method_id"]
    ),
    CheckConstraint("share_ppb BETWEEN 1 AND 1000000000", name="share_is_positive"),
    Index(None, "contributor_id"),
)
"""Influence of each work on each picture."""
