"""The journal's hash chain and what statements need.

Revision ID: 0009_journal
Revises: 0008_payouts
"""

revision = "0009_journal"
down_revision = "0008_payouts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
