"""The search index over live works, kept by a trigger on ``asset``.

Revision ID: 0005_search
Revises: 0004_money
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_search"
down_revision = "0004_money"
branch_labels = None
depends_on = None

DOCUMENT_SQL = (
    "setweight(to_tsvector('english'::regconfig, title), 'A'::\"char\") || "
    "setweight(to_tsvector('english'::regconfig, keywords), 'B'::\"char\")"
)

FOLLOW = """
CREATE FUNCTION search_follow_asset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'live' THEN
        DELETE FROM search_document WHERE asset_id = NEW.id;
        RETURN NULL;
    END IF;
    INSERT INTO search_document (asset_id, kind, title, keywords, listed_at)
    VALUES (NEW.id, NEW.kind, NEW.title, array_to_string(NEW.keywords, ' '), NEW.created_at)
    ON CONFLICT (asset_id) DO UPDATE
    SET kind = EXCLUDED.kind, title = EXCLUDED.title, keywords = EXCLUDED.keywords,
        listed_at = EXCLUDED.listed_at;
    RETURN NULL;
END $$
"""

BACKFILL = """
INSERT INTO search_document (asset_id, kind, title, keywords, listed_at)
SELECT id, kind, title, array_to_string(keywords, ' '), created_at FROM asset WHERE state = 'live'
"""


def upgrade() -> None:
    """Make the index, the trigger that keeps it, and the rows of works that are already there."""
    op.create_table(
        "search_document",
        sa.Column("asset_id", sa.Text(), sa.ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False, comment="human or generated, as in asset.kind"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=False, comment="all keywords, joined by spaces"),
        sa.Column(
            "listed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when the work was added, UTC",
        ),
        sa.Column("document", postgresql.TSVECTOR(), sa.Computed(DOCUMENT_SQL, persisted=True)),
    )
    op.create_index("ix_search_document_document", "search_document", ["document"], postgresql_using="gin")
    op.create_index("ix_search_document_kind_listed_at", "search_document", ["kind", "listed_at"])
    op.execute(FOLLOW)
    op.execute(
        "CREATE TRIGGER search_follow_asset AFTER INSERT OR UPDATE OF kind, title, keywords, state ON asset "
        "FOR EACH ROW EXECUTE FUNCTION search_follow_asset()"
    )
    op.execute(BACKFILL)


def downgrade() -> None:
    """Drop the trigger, its function and the index; the works themselves are untouched."""
    op.execute("DROP TRIGGER search_follow_asset ON asset")
    op.execute("DROP FUNCTION search_follow_asset()")
    op.drop_table("search_document")
