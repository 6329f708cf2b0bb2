"""How a period was divided, and the Merkle tree over it."""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from fairstock.db.metadata import metadata

pool = Table(
    "fund_pool",
    metadata,
    Column("id", Text, primary_key=True, comment="also seeds the draw of odd micro-units"),
    Column("period", CHAR(7), ForeignKey("fund_period.id"), nullable=False),
    Column("part", Text, nullable=False, comment="floor, influence, deal or reserve"),
    Column("release_id", Text, ForeignKey("model_release.id"), nullable=True),
    Column("deal_id", Text, ForeignKey("fund_deal.id"), nullable=True),
    Column("method_id", Text, ForeignKey("attribution_method.id"), nullable=True, comment="for influence"),
    Column(
        "reliability_ppb", BigInteger, nullable=True, comment="measured, in 10^-9; null: unmeasured, counts 0"
    ),
    Column("currency", CHAR(3), nullable=False),
    Column("sources", Integer, nullable=False, comment="sales, deals and refunds that flowed into it"),
    Column("clusters", Integer, nullable=False, comment="clusters with one vote each; 0 for influence"),
    Column("amount_micros", BigInteger, nullable=False, comment="what flowed in, in 10^-6 of the currency"),
    Column("allocated_micros", BigInteger, nullable=False, comment="what contributors got"),
    Column("reserve_micros", BigInteger, nullable=False, comment="the rest, which went to the reserve"),
    Column("reserve_reason", Text, nullable=True),
    Column(
        "mirrors_id",
        Text,
        ForeignKey("fund_pool.id"),
        nullable=True,
        comment="for refunds: the earlier period's pool from which they take back",
    ),
    CheckConstraint("part IN ('floor', 'influence', 'deal', 'reserve')", name="part_known"),
    CheckConstraint("allocated_micros + reserve_micros = amount_micros", name="adds_up"),
    CheckConstraint("reserve_micros = 0 OR reserve_reason IS NOT NULL", name="reserve_explained"),
    Index(None, "period", "currency"),
)
"""Sums divided by one rule at a close."""

inflow = Table(
    "fund_inflow",
    metadata,
    # Deferred: a pool's row tells what was allocated, so it is written after its inflows and allocations.
    Column(
        "pool_id", Text, ForeignKey("fund_pool.id", deferrable=True, initially="DEFERRED"), primary_key=True
    ),
    Column("accrual_id", Text, ForeignKey("fund_accrual.id"), primary_key=True),
    Column("amount_micros", BigInteger, nullable=False, comment="of the accrual, in 10^-6 of its currency"),
    Index(None, "accrual_id"),
)
"""What of each accrual flowed into which pool: from here a sale is followed to its pools, and a pool to its
sales.
"""

allocation = Table(
    "fund_allocation",
    metadata,
    # Millions of rows a month: no foreign keys, whose triggers fire row by row, and no unique key, which
    # costs as much as the rows. Migration 0018 judges a month's lines at once, a check looks for twins. Lines
    # of influence are found by contributor, since a picture's shares name them.
    Column("period", CHAR(7), nullable=False, comment="that the pool belongs to"),
    Column("contributor_id", Text(collation="C"), nullable=False),
    Column("pool_id", Text(collation="C"), nullable=False),
    Column(
        "source_id",
        Text(collation="C"),
        nullable=False,
        comment="the sale or refund for influence, the deal, the share of a year's reserve, else the release",
    ),
    Column("work_sha256", CHAR(64, collation="C"), nullable=False),
    Column("cluster", Text, nullable=True, comment="null for influence"),
    Column(
        "cluster_contributors",
        Integer,
        nullable=True,
        comment="who share the cluster's part; null for influence",
    ),
    Column(
        "contributor_works", Integer, nullable=True, comment="works that share it again; null for influence"
    ),
    Column(
        "share_ppb",
        BigInteger,
        nullable=True,
        comment="of the picture, after the cap; null but for influence",
    ),
    Column("amount_micros", BigInteger, nullable=False, comment="in 10^-6 of the pool's currency; never 0"),
    CheckConstraint("amount_micros <> 0", name="not_zero"),
    Index(None, "contributor_id"),
    Index("ix_fund_allocation_pool_id", "pool_id", postgresql_where=text("share_ppb IS NULL")),
    postgresql_partition_by="LIST (period)",
)
"""What each work earned from each pool; works that earned nothing have no row. Every closed month is a
partition, ``fund_allocation_<year>_<month>``, that its close has filled and nothing changes; the lines of a
statement lie together in it, in the order in which they are proved.
"""

proof_leaf = Table(
    "fund_proof_leaf",
    metadata,
    Column("period", CHAR(7), ForeignKey("fund_period.id"), primary_key=True),
    Column(
        "position", BigInteger, primary_key=True, autoincrement=False, comment="0, 1, … by the key's bytes"
    ),
    Column("key", Text, nullable=False, comment="statement:<contributor> or pool:<pool>"),
    UniqueConstraint("period", "key"),
)
"""What the Merkle tree of a closed period has at its leaves; ``fund.proofs`` says how each is hashed."""

proof_node = Table(
    "fund_proof_node",
    metadata,
    Column("period", CHAR(7), ForeignKey("fund_period.id"), primary_key=True),
    Column("level", Integer, primary_key=True, autoincrement=False, comment="0: the leaves"),
    Column("position", BigInteger, primary_key=True, autoincrement=False, comment="0, 1, … in its level"),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256"),
)
"""Every node of the Merkle tree, so that a proof is read and not computed again."""
