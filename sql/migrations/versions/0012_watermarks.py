"""Watermarks, and provenance records that can be recovered.

Revision ID: 0012_watermarks
Revises: 0011_edits
"""

import sqlalchemy as sa
from alembic import op

revision = "0012_watermarks"
down_revision = "0011_edits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The register of watermarks; pictures made so far get the reason why they have none."""
    op.create_table(
        "provenance_mark",
        sa.Column("asset_id", sa.Text, sa.ForeignKey("asset.id"), primary_key=True),
        sa.Column("method", sa.Text, nullable=False, comment="name and version of the watermark"),
        sa.Column("payload", sa.LargeBinary, comment="what is written in the pixels; null where nothing is"),
        sa.Column("reason", sa.Text, comment="why nothing is written, one clause; null where something is"),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(payload IS NULL) = (reason IS NOT NULL)", name="marked_or_why_not"),
    )
    op.create_index(None, "provenance_mark", ["payload"])
    op.execute(
        "INSERT INTO provenance_mark (asset_id, method, reason, marked_at) "
        "SELECT asset_id, 'none', 'it was made before the house had a watermark', now() FROM generated_image"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON provenance_mark "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
