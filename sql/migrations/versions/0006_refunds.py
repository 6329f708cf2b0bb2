"""Refunds, agreements and the reserve's distribution.

Revision ID: 0006_refunds
Revises: 0005_search
"""

revision = "0006_refunds"
down_revision = "0005_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
