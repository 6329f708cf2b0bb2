"""Rights and safety: what was found in pictures of buyers, and pictures on the likeness opt-out list.

Revision ID: 0017_rights
Revises: 0016_people
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017_rights"
down_revision = "0016_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Findings get a table; the registry takes pictures of people."""
    op.create_table(
        "moderation_finding",
        sa.Column("id", sa.Text, nullable=False, comment="derived from ask, picture and kind"),
        sa.Column("ask", sa.Text, nullable=False, comment="derived from the buyer and what was asked"),
        sa.Column("buyer_id", sa.Text, nullable=False),
        sa.Column(
            "sha256", sa.CHAR(64), comment="the picture that was sent; none where what was made is meant"
        ),
        sa.Column("kind", sa.Text, nullable=False, comment="faces, likeness or nudity"),
        sa.Column("outcome", sa.Text, nullable=False, comment="refused, watched or passed"),
        sa.Column("evidence", postgresql.JSONB, nullable=False),
        sa.Column("policy_version", sa.Text, nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('faces', 'likeness', 'nudity')", name=op.f("ck_moderation_finding_kind")
        ),
        sa.CheckConstraint(
            "outcome IN ('refused', 'watched', 'passed')", name=op.f("ck_moderation_finding_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["party.id"], name=op.f("fk_moderation_finding_buyer_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_finding")),
    )
    op.create_index(op.f("ix_moderation_finding_buyer_id"), "moderation_finding", ["buyer_id"])
    op.create_index(op.f("ix_moderation_finding_found_at"), "moderation_finding", ["found_at"])
    op.drop_constraint(op.f("ck_optout_entry_uses"), "optout_entry")
    op.create_check_constraint(
        op.f("ck_optout_entry_uses"),
        "optout_entry",
        "uses <@ ARRAY['sale', 'training', 'likeness'] AND cardinality(uses) > 0",
    )
    op.alter_column(
        "optout_entry",
        "uses",
        existing_type=postgresql.ARRAY(sa.Text),
        comment="sale, training, likeness",
        existing_comment="sale, training",
    )
