"""Rights and safety: what was seen in pictures apart from their origin.

Revision ID: 0017_rights
Revises: 0016_people
"""

revision = "0017_rights"
down_revision = "0016_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
