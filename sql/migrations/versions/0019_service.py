"""The images API as a service: keys for people, progress.

Revision ID: 0019_service
Revises: 0018_periods
"""

revision = "0019_service"
down_revision = "0018_periods"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
