"""Edits, variations and refinement chains.

Revision ID: 0011_edits
Revises: 0010_api
"""

revision = "0011_edits"
down_revision = "0010_api"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
