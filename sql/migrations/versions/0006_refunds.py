"""Refunds, agreements and the reserve's distribution.

Revision ID: 0006_refunds
Revises: 0005_search
"""

from pathlib import Path

from alembic import op

revision = "0006_refunds"
down_revision = "0005_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run ``0006_refunds.sql``."""
    op.get_bind().exec_driver_sql(
        Path(__file__).with_name("0006_refunds.sql").read_text(encoding="utf-8"),
        execution_options={"no_parameters": True},
    )
