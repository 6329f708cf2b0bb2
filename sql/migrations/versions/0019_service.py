"""Findings are asked for by request.

Revision ID: 0019_service
Revises: 0018_periods
"""

from alembic import op

revision = "0019_service"
down_revision = "0018_periods"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index."""
    op.create_index(op.f("ix_moderation_finding_ask"), "moderation_finding", ["ask"])
