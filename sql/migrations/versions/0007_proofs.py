"""Proofs of a closed period: the leaves and nodes of its Merkle tree, and its root.

Revision ID: 0007_proofs
Revises: 0006_refunds
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0007_proofs"
down_revision = "0006_refunds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the root's column, then run ``0007_proofs.sql``."""
    op.add_column(
        "fund_period",
        sa.Column(
            "merkle_root",
            sa.CHAR(length=64),
            nullable=True,
            comment="over all that was divided; null while open, or closed before proofs were kept",
        ),
    )
    op.create_check_constraint(
        op.f("ck_fund_period_root_of_closed"), "fund_period", "merkle_root IS NULL OR state = 'closed'"
    )
    op.create_table(
        "fund_proof_leaf",
        sa.Column("period", sa.CHAR(length=7), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="0, 1, … by the key's bytes",
        ),
        sa.Column("key", sa.Text(), nullable=False, comment="statement:<contributor> or pool:<pool>"),
        sa.ForeignKeyConstraint(["period"], ["fund_period.id"], name=op.f("fk_fund_proof_leaf_period")),
        sa.PrimaryKeyConstraint("period", "position", name=op.f("pk_fund_proof_leaf")),
        sa.UniqueConstraint("period", "key", name=op.f("uq_fund_proof_leaf_period_key")),
    )
    op.create_table(
        "fund_proof_node",
        sa.Column("period", sa.CHAR(length=7), nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False, comment="0: the leaves"),
        sa.Column(
            "position", sa.BigInteger(), autoincrement=False, nullable=False, comment="0, 1, … in its level"
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="SHA-256"),
        sa.ForeignKeyConstraint(["period"], ["fund_period.id"], name=op.f("fk_fund_proof_node_period")),
        sa.PrimaryKeyConstraint("period", "level", "position", name=op.f("pk_fund_proof_node")),
    )
    op.get_bind().exec_driver_sql(
        Path(__file__).with_name("0007_proofs.sql").read_text(encoding="utf-8"),
        execution_options={"no_parameters": True},
    )
