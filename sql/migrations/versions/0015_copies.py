"""Copies: keys by which turned, cropped and re-encoded pictures are found.

Revision ID: 0015_copies
Revises: 0014_queue
"""

revision = "0015_copies"
down_revision = "0014_queue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
