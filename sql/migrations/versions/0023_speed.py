"""Opt-outs: perceptual hashes of the registry are found as those of the catalogue are.

Revision ID: 0023_speed
Revises: 0022_screening
"""

from alembic import op

revision = "0023_speed"
down_revision = "0022_screening"
branch_labels = None
depends_on = None

BANDS = ((43, 21), (22, 21), (0, 22))


def upgrade() -> None:
    """One index for each band, with the whole hash in it (0015_copies)."""
    for number, (shift, bits) in enumerate(BANDS, 1):
        op.execute(
            f"CREATE INDEX ix_optout_entry_band_{number} ON optout_entry "
            f"((((phash >> {shift}) & {(1 << bits) - 1})::integer)) INCLUDE (phash)"
        )
