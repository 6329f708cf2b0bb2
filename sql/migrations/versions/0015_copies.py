"""Copies: perceptual hashes are found within some bits through indexes on three bands of them.

Revision ID: 0015_copies
Revises: 0014_queue
"""

from alembic import op

revision = "0015_copies"
down_revision = "0014_queue"
branch_labels = None
depends_on = None

BANDS = ((43, 21), (22, 21), (0, 22))


def upgrade() -> None:
    """One index for each band, with the whole hash in it: counting the bits needs no look at the table."""
    for number, (shift, bits) in enumerate(BANDS, 1):
        op.execute(
            f"CREATE INDEX ix_asset_fingerprint_band_{number} ON asset_fingerprint "
            f"((((phash >> {shift}) & {(1 << bits) - 1})::integer)) INCLUDE (phash)"
        )
