"""Moderation's and diversity planning's records.

Revision ID: 0013_moderation
Revises: 0012_watermarks
"""

revision = "0013_moderation"
down_revision = "0012_watermarks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
