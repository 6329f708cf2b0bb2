"""Allocations know their period and lie month by month, in a partition that the close fills at once.

Revision ID: 0018_periods
Revises: 0017_rights
"""

from pathlib import Path

from alembic import op

revision = "0018_periods"
down_revision = "0017_rights"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run ``0018_periods.sql``, which moves the months that are there."""
    op.get_bind().exec_driver_sql(
        Path(__file__).with_name("0018_periods.sql").read_text(encoding="utf-8"),
        execution_options={"no_parameters": True},
    )
