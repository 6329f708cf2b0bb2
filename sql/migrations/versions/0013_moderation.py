"""Diversity planning: what each picture of a request was asked for, and why.

Revision ID: 0013_moderation
Revises: 0012_watermarks
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013_moderation"
down_revision = "0012_watermarks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Requests keep their plan; those of before have none."""
    op.add_column(
        "generation_request",
        sa.Column(
            "plan",
            postgresql.JSONB,
            comment="diversity planning: rule, table, person, and prompt of each picture",
        ),
    )
