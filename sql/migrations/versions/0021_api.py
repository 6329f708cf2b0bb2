"""The images API's additions.

Revision ID: 0021_api
Revises: 0020_publication
"""

revision = "0021_api"
down_revision = "0020_publication"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
