"""The search index: one row for each live work.

Rows are written by the trigger ``search_follow_asset`` on ``asset`` (migration ``0005_search``), in
the transaction that adds or changes the work; a withdrawn or taken-down work has no row.
"""

from sqlalchemy import Column, Computed, DateTime, ForeignKey, Index, Table, Text
from sqlalchemy.dialects.postgresql import TSVECTOR

from fairstock.db.metadata import metadata

#: Written with PostgreSQL's own casts, so that Alembic's comparison with the database finds no difference.
DOCUMENT_SQL = (
    "setweight(to_tsvector('english'::regconfig, title), 'A'::\"char\") || "
    "setweight(to_tsvector('english'::regconfig, keywords), 'B'::\"char\")"
)

search_document = Table(
    "search_document",
    metadata,
    Column("asset_id", Text, ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, nullable=False, comment="human or generated, as in asset.kind"),
    Column("title", Text, nullable=False),
    Column("keywords", Text, nullable=False, comment="all keywords, joined by spaces"),
    Column("listed_at", DateTime(timezone=True), nullable=False, comment="when the work was added, UTC"),
    Column("document", TSVECTOR, Computed(DOCUMENT_SQL, persisted=True), nullable=True),
    Index("ix_search_document_document", "document", postgresql_using="gin"),
    Index("ix_search_document_kind_listed_at", "kind", "listed_at"),
)
