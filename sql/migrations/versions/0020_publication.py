"""Publication dates of works (money).

Revision ID: 0020_publication
Revises: 0019_service
"""

revision = "0020_publication"
down_revision = "0019_service"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
