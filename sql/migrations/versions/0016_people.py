"""Screening by people: requests for evidence, appeals, accounts over time, runs of re-screening.

Revision ID: 0016_people
Revises: 0015_copies
"""

revision = "0016_people"
down_revision = "0015_copies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
