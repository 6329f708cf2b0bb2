"""Screening's additions: a refusal by the gate stays with its upload when it is appealed; the registry of
opt-outs knows what its works look like.

Revision ID: 0022_screening
Revises: 0020_publication
"""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector

revision = "0022_screening"
down_revision = "0020_publication"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Whoever decides about the appeal sees the refusal; before, only refused uploads had one."""
    op.drop_constraint(op.f("ck_upload_refused"), "upload")
    op.create_check_constraint(
        op.f("ck_upload_refused"),
        "upload",
        "refusal IS NOT NULL OR state <> 'refused'",
    )
    op.create_check_constraint(
        op.f("ck_upload_opened"),
        "upload",
        "refusal IS NULL OR state NOT IN ('received', 'accepted')",
    )
    op.create_index(op.f("ix_asset_created_at"), "asset", ["created_at"])
    op.create_table(
        "optout_picture",
        sa.Column("entry_id", sa.Text, sa.ForeignKey("optout_entry.id"), primary_key=True),
        sa.Column("width", sa.Integer, nullable=False, comment="pixels, upright"),
        sa.Column("height", sa.Integer, nullable=False, comment="pixels, upright"),
        sa.Column("embedding", Vector(1280), nullable=False, comment="unit feature vector"),
        sa.Column("embedding_version", sa.Text, nullable=False, comment="which model made the vector"),
        sa.Column("sketch", sa.LargeBinary, nullable=False, comment="64 × 64 RGB, for laying uploads on it"),
    )
    op.create_index(
        "ix_optout_picture_embedding",
        "optout_picture",
        ["embedding"],
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "vector_cosine_ops"},
    )
