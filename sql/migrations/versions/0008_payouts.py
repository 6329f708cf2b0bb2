"""Withholding, conversion, disputes and holds.

Revision ID: 0008_payouts
Revises: 0007_proofs
"""

revision = "0008_payouts"
down_revision = "0007_proofs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
