"""Screening's additions.

Revision ID: 0022_screening
Revises: 0021_api
"""

revision = "0022_screening"
down_revision = "0021_api"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
