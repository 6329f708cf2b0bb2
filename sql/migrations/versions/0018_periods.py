"""Allocations know their period, so that a month is read without the years before it.

Revision ID: 0018_periods
Revises: 0017_rights
"""

revision = "0018_periods"
down_revision = "0017_rights"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
