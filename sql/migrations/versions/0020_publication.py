"""Publication dates of works (money): who was first in a cluster of near-duplicates.

Revision ID: 0020_publication
Revises: 0019_service
"""

import sqlalchemy as sa
from alembic import op

revision = "0020_publication"
down_revision = "0019_service"
branch_labels = None
depends_on = None

UTC_TEXT = """
    CREATE FUNCTION utc_text(moment timestamptz) RETURNS text LANGUAGE sql STABLE
        RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
"""
"""A moment as statements and manifests write it."""

COMMENT = "when the work became available in the library; null: not known, which counts as the oldest"


def upgrade() -> None:
    """Freeze the date with each work. Works of earlier deals get the date of their catalogue entry; manifests
    that are published name no dates, and what was frozen from them has none either.
    """
    op.execute(UTC_TEXT)
    for table in ("training_manifest_entry", "fund_deal_work", "fund_reserve_work"):
        op.add_column(
            table, sa.Column("published_at", sa.DateTime(timezone=True), nullable=True, comment=COMMENT)
        )
    op.execute("ALTER TABLE fund_deal_work DISABLE TRIGGER append_only")
    op.execute(
        "UPDATE fund_deal_work AS work SET published_at = asset.created_at"
        " FROM asset WHERE asset.id = work.asset_id"
    )
    op.execute("ALTER TABLE fund_deal_work ENABLE TRIGGER append_only")
