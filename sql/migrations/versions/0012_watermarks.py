"""Watermarks, and provenance records that can be recovered.

Revision ID: 0012_watermarks
Revises: 0011_edits
"""

revision = "0012_watermarks"
down_revision = "0011_edits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
