"""Parties, the catalogue, and the books with the triggers that keep them append-only and balanced."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects import postgresql

revision = "0001_core"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, then the triggers of ``0001_core_triggers.sql``."""
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    _party()
    _asset()
    _ledger()
    op.get_bind().exec_driver_sql(
        Path(__file__).with_name("0001_core_triggers.sql").read_text(encoding="utf-8"),
        execution_options={"no_parameters": True},
    )


def _moment(name: str, default: str | None = "now()", comment: str | None = None) -> sa.Column[object]:
    """A time column, never null."""
    moment = sa.text(default) if default else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=moment, comment=comment)


def _party() -> None:
    """Who takes part."""
    op.create_table(
        "party",
        sa.Column("id", sa.Text, primary_key=True, comment="derived from the handle"),
        sa.Column(
            "handle",
            sa.Text,
            nullable=False,
            unique=True,
            comment="short unique name, used in URLs and files",
        ),
        sa.Column("name", sa.Text, nullable=False, comment="full name as it is shown"),
        sa.Column("kind", sa.Text, nullable=False, comment="contributor, buyer, staff or house"),
        sa.Column("email", sa.Text),
        sa.Column("country", sa.CHAR(2), comment="ISO 3166-1 alpha-2, tax residence"),
        _moment("created_at"),
        sa.CheckConstraint("kind IN ('contributor', 'buyer', 'staff', 'house')", name="kind"),
    )
    op.create_table(
        "party_role",
        sa.Column("party_id", sa.Text, sa.ForeignKey("party.id"), primary_key=True),
        sa.Column(
            "role", sa.Text, primary_key=True, comment="contributor, buyer, reviewer, finance or operator"
        ),
        sa.CheckConstraint(
            "role IN ('contributor', 'buyer', 'reviewer', 'finance', 'operator')", name="role"
        ),
    )
    op.create_table(
        "credential",
        sa.Column("party_id", sa.Text, sa.ForeignKey("party.id"), primary_key=True),
        sa.Column("password_hash", sa.Text, nullable=False, comment="argon2id with its salt and cost"),
        _moment("created_at"),
    )
    op.create_table(
        "training_license",
        sa.Column(
            "id",
            sa.Text,
            primary_key=True,
            comment="derived from what was stated, so a repeated statement is one row",
        ),
        sa.Column("party_id", sa.Text, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("granted", sa.Boolean, nullable=False, comment="true grants, false withdraws"),
        _moment("since", None, "from when on it holds"),
        sa.Column("evidence", sa.Text, nullable=False, comment="where the statement can be found"),
        _moment(
            "recorded_at", "clock_timestamp()", "of the statements in force, the one recorded last counts"
        ),
        comment="append-only; a trigger refuses changes",
    )
    op.create_index(None, "training_license", ["party_id", "recorded_at"])


def _asset() -> None:
    """The catalogue."""
    op.create_table(
        "asset",
        sa.Column("id", sa.Text, primary_key=True, comment="derived from contributor and digest"),
        sa.Column(
            "contributor_id",
            sa.Text,
            sa.ForeignKey("party.id"),
            comment="null exactly for generated pictures",
        ),
        sa.Column("kind", sa.Text, nullable=False, comment="human or generated"),
        sa.Column(
            "sha256",
            sa.CHAR(64),
            nullable=False,
            comment="digest of the original file, its name in the object store",
        ),
        sa.Column("mime", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False, comment="pixels"),
        sa.Column("height", sa.Integer, nullable=False, comment="pixels"),
        sa.Column("bytes", sa.BigInteger, nullable=False, comment="size of the original file"),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("keywords", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("license", sa.Text, nullable=False, comment="under which the house has it"),
        sa.Column("source", sa.Text, nullable=False, comment="where it came from"),
        sa.Column(
            "state", sa.Text, nullable=False, server_default="live", comment="live, withdrawn or taken_down"
        ),
        sa.Column(
            "training_consent", sa.Boolean, nullable=False, comment="as it stood when the picture came in"
        ),
        _moment("created_at"),
        sa.UniqueConstraint("contributor_id", "sha256"),
        sa.CheckConstraint("kind IN ('human', 'generated')", name="kind"),
        sa.CheckConstraint("state IN ('live', 'withdrawn', 'taken_down')", name="state"),
        sa.CheckConstraint("(kind = 'generated') = (contributor_id IS NULL)", name="owner"),
        sa.CheckConstraint("width > 0 AND height > 0 AND bytes > 0", name="size"),
    )
    op.create_index(None, "asset", ["sha256"])
    op.create_table(
        "asset_fingerprint",
        sa.Column("asset_id", sa.Text, sa.ForeignKey("asset.id"), primary_key=True),
        sa.Column("phash", sa.BigInteger, nullable=False, comment="pHash 8 × 8 on white, signed"),
        sa.Column("phash_mirror", sa.BigInteger, nullable=False, comment="the same of the mirror image"),
        sa.Column("embedding", Vector(1280), comment="unit feature vector"),
        sa.Column("embedding_version", sa.Text, comment="which model made the vector"),
        sa.CheckConstraint("(embedding IS NULL) = (embedding_version IS NULL)", name="embedding"),
    )
    op.create_index(
        "ix_asset_fingerprint_embedding",
        "asset_fingerprint",
        ["embedding"],
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "vector_cosine_ops"},
    )


def _ledger() -> None:
    """The books."""
    op.create_table(
        "ledger_transaction",
        sa.Column("id", sa.Text, primary_key=True, comment="derived from the key"),
        sa.Column("key", sa.Text, nullable=False, unique=True, comment="idempotency key, made by the caller"),
        sa.Column("kind", sa.Text, nullable=False, comment="why money moved"),
        _moment("effective_at", None, "when it happened"),
        _moment("recorded_at", comment="when booked"),
        sa.Column("memo", sa.Text, nullable=False, comment="one line for people"),
        sa.Column(
            "reverses",
            sa.Text,
            sa.ForeignKey("ledger_transaction.key"),
            unique=True,
            comment="key of the transaction that this one undoes in full; at most once",
        ),
        sa.Column("details", postgresql.JSONB, nullable=False, comment="facts behind it"),
        sa.Column(
            "digest",
            sa.CHAR(64),
            nullable=False,
            comment="SHA-256 of the content, to tell a retry from another content",
        ),
        comment="append-only; must have two or more postings that sum to zero per currency",
    )
    op.create_index(None, "ledger_transaction", ["effective_at"])
    op.create_table(
        "ledger_posting",
        sa.Column("transaction_id", sa.Text, sa.ForeignKey("ledger_transaction.id"), primary_key=True),
        sa.Column(
            "position",
            sa.Integer,
            primary_key=True,
            autoincrement=False,
            comment="1, 2, … within the transaction",
        ),
        sa.Column("account", sa.Text(collation="C"), nullable=False, comment="family:owner"),
        sa.Column(
            "amount_micros",
            sa.BigInteger,
            nullable=False,
            comment="micro-units; positive debits, negative credits",
        ),
        sa.Column("currency", sa.CHAR(3), nullable=False, comment="ISO 4217"),
        sa.CheckConstraint("amount_micros <> 0", name="amount"),
        sa.CheckConstraint("account ~ '^[a-z][a-z_]*:[A-Za-z0-9._-]+$'", name="account"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        comment="append-only; all postings of a transaction are written by one statement",
    )
    op.create_index(None, "ledger_posting", ["account", "currency"], postgresql_include=["amount_micros"])
