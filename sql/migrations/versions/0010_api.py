"""API keys, their budgets, and requests that came through the images API.

Revision ID: 0010_api
Revises: 0009_journal
"""

revision = "0010_api"
down_revision = "0009_journal"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
