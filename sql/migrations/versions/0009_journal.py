"""The journal's hash chain, and the trees over published statements.

Revision ID: 0009_journal
Revises: 0008_payouts
"""

import sqlalchemy as sa
from alembic import op

revision = "0009_journal"
down_revision = "0008_payouts"
branch_labels = None
depends_on = None

TABLES = ("ledger_chain", "statement_input", "statement_edition", "statement_leaf", "statement_node")


def upgrade() -> None:
    """Make the tables, which are append-only (``refuse_change()`` is from 0001_core)."""
    _chain()
    _inputs()
    _editions()
    for name in TABLES:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _chain() -> None:
    """Each transaction's digest covers all before it."""
    op.create_table(
        "ledger_chain",
        sa.Column(
            "position", sa.BigInteger(), autoincrement=False, nullable=False, comment="1, 2, … without gaps"
        ),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 over the previous digest and the transaction's content",
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transaction.id"], name=op.f("fk_ledger_chain_transaction_id")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_ledger_chain")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_ledger_chain_transaction_id")),
        sa.CheckConstraint("length(digest) = 32", name=op.f("ck_ledger_chain_sha256")),
    )


def _inputs() -> None:
    """Files with what decided large pools."""
    op.create_table(
        "statement_input",
        sa.Column("pool_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="1, 2, … of one pool"),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False, comment="in the object store"),
        sa.ForeignKeyConstraint(["pool_id"], ["fund_pool.id"], name=op.f("fk_statement_input_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_statement_input")),
    )


def _editions() -> None:
    """Every publication of a period with its tree."""
    op.create_table(
        "statement_edition",
        sa.Column("period", sa.CHAR(length=7), nullable=False),
        sa.Column(
            "number", sa.Integer(), autoincrement=False, nullable=False, comment="1, 2, … of one period"
        ),
        sa.Column(
            "root", sa.CHAR(length=64), nullable=False, comment="Merkle root over all statements, published"
        ),
        sa.Column("statements", sa.BigInteger(), nullable=False),
        sa.Column(
            "document_sha256", sa.CHAR(length=64), nullable=False, comment="of root.json, in the object store"
        ),
        sa.Column(
            "journal_links",
            sa.BigInteger(),
            nullable=False,
            comment="transactions that the journal had sealed then",
        ),
        sa.Column(
            "journal_digest",
            sa.CHAR(length=64),
            nullable=False,
            comment="of the last of them, published in root.json",
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["period"], ["fund_period.id"], name=op.f("fk_statement_edition_period")),
        sa.PrimaryKeyConstraint("period", "number", name=op.f("pk_statement_edition")),
    )
    op.create_table(
        "statement_leaf",
        sa.Column("period", sa.CHAR(length=7), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contributor_id", sa.Text(collation="C"), nullable=False, comment="also the order"),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="0, 1, … in the tree"),
        sa.Column(
            "json_sha256", sa.CHAR(length=64), nullable=False, comment="of the statement without its proof"
        ),
        sa.Column("csv_sha256", sa.CHAR(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["party.id"], name=op.f("fk_statement_leaf_contributor_id")
        ),
        sa.ForeignKeyConstraint(["period"], ["fund_period.id"], name=op.f("fk_statement_leaf_period")),
        sa.PrimaryKeyConstraint("period", "edition", "contributor_id", name=op.f("pk_statement_leaf")),
    )
    op.create_table(
        "statement_node",
        sa.Column("period", sa.CHAR(length=7), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False, comment="0: the leaves"),
        sa.Column(
            "position", sa.BigInteger(), autoincrement=False, nullable=False, comment="0, 1, … in its level"
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="SHA-256"),
        sa.ForeignKeyConstraint(["period"], ["fund_period.id"], name=op.f("fk_statement_node_period")),
        sa.PrimaryKeyConstraint("period", "edition", "level", "position", name=op.f("pk_statement_node")),
    )
