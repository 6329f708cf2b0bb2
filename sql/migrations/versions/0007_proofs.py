"""Proofs of a closed period.

Revision ID: 0007_proofs
Revises: 0006_refunds
"""

revision = "0007_proofs"
down_revision = "0006_refunds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
