"""Tables of the fund context. Migration 0004 adds triggers: a closed period takes nothing, and no row ever
changes.
"""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
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

policy = Table(
    "fund_policy",
    metadata,
    Column("version", Text, primary_key=True),
    Column("body", Text, nullable=False, comment="the TOML text, so that a period can be divided again"),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""Every version that was used."""

period = Table(
    "fund_period",
    metadata,
    Column("id", CHAR(7), primary_key=True, comment="calendar month in UTC, YYYY-MM"),
    Column("state", Text, nullable=False, comment="open or closed"),
    Column(
        "policy_version", Text, ForeignKey("fund_policy.version"), nullable=True, comment="that divided it"
    ),
    Column("input_digest", CHAR(64), nullable=True, comment="SHA-256 over all that decided the division"),
    Column("closed_at", DateTime(timezone=True), nullable=True),
    Column(
        "merkle_root",
        CHAR(64),
        nullable=True,
        comment="over all that was divided; null while open, or closed before proofs were kept",
    ),
    CheckConstraint("merkle_root IS NULL OR state = 'closed'", name="root_of_closed"),
    CheckConstraint("state IN ('open', 'closed')", name="state_known"),
    CheckConstraint("(state = 'closed') = (input_digest IS NOT NULL)", name="closed_is_frozen"),
)
"""One row a month that anything accrued in or that was closed; changes once, from open to closed."""

deal = Table(
    "fund_deal",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "key", Text, nullable=False, unique=True, comment="made by the caller; a repeated call books once"
    ),
    Column("buyer_id", Text, ForeignKey("party.id"), nullable=False),
    Column("amount_micros", BigInteger, nullable=False, comment="price, in 10^-6 of the currency"),
    Column("fund_micros", BigInteger, nullable=False, comment="the contributors' part of the price"),
    Column("currency", CHAR(3), nullable=False),
    Column("policy_version", Text, ForeignKey("fund_policy.version"), nullable=False),
    Column("booked_at", DateTime(timezone=True), nullable=False),
    Column(
        "fund_share_ppm",
        Integer,
        nullable=False,
        comment="of the price for the contributors, in 10^-6: its own or the policy's",
    ),
    Column("territory", CHAR(2), nullable=False, comment="tax country of the buyer, ISO 3166-1 alpha-2"),
    Column("term_from", Date, nullable=False, comment="first day of the license"),
    Column("term_until", Date, nullable=True, comment="last day; null: without end"),
    CheckConstraint("amount_micros > 0", name="price_above_zero"),
    CheckConstraint("fund_micros BETWEEN 0 AND amount_micros", name="part_of_price"),
    CheckConstraint("fund_share_ppm BETWEEN 0 AND 1000000", name="share_is_a_part"),
    CheckConstraint("territory ~ '^[A-Z]{2}$'", name="territory_is_a_code"),
    CheckConstraint("term_until >= term_from", name="ends_after_it_begins"),
)
"""Sets of works licensed to model makers."""

deal_work = Table(
    "fund_deal_work",
    metadata,
    Column("deal_id", Text, ForeignKey("fund_deal.id"), primary_key=True),
    Column("asset_id", Text, ForeignKey("asset.id"), primary_key=True),
    Column("work_sha256", CHAR(64), nullable=False),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column(
        "cluster", Text, nullable=False, comment="near-duplicates share it; an ungrouped work has its own"
    ),
    Index(None, "asset_id"),
)
"""The works that a deal delivered, with the cluster of each as it stood then."""

accrual = Table(
    "fund_accrual",
    metadata,
    Column("id", Text, primary_key=True),
    Column("period", CHAR(7), ForeignKey("fund_period.id"), nullable=False),
    Column("source_kind", Text, nullable=False, comment="sale, deal or refund"),
    Column("source_id", Text, nullable=False, comment="license_sale.id, fund_deal.id or license_refund.id"),
    Column(
        "asset_id",
        Text,
        ForeignKey("asset.id"),
        nullable=True,
        comment="the picture sold or refunded; null for a deal",
    ),
    Column(
        "release_id", Text, ForeignKey("model_release.id"), nullable=True, comment="that made the picture"
    ),
    Column(
        "amount_micros",
        BigInteger,
        nullable=False,
        comment="the fund's part, in 10^-6 of the currency; negative for a refund",
    ),
    Column("currency", CHAR(3), nullable=False),
    Column("policy_version", Text, ForeignKey("fund_policy.version"), nullable=False),
    Column("ledger_key", Text, nullable=False, comment="transaction that booked it"),
    Column("accrued_at", DateTime(timezone=True), nullable=False, comment="date of the sale, deal or refund"),
    Column(
        "reverses_id",
        Text,
        ForeignKey("fund_accrual.id"),
        nullable=True,
        comment="for a refund: what the sale or deal had accrued",
    ),
    Column(
        "divided_in",
        CHAR(7),
        ForeignKey("fund_period.id"),
        nullable=True,
        comment="for a refund: the earlier period that has the sale or deal; null where both count in one",
    ),
    UniqueConstraint("source_kind", "source_id"),
    CheckConstraint("source_kind IN ('sale', 'deal', 'refund')", name="source_known"),
    CheckConstraint("(source_kind = 'refund') = (reverses_id IS NOT NULL)", name="refund_reverses"),
    CheckConstraint("divided_in IS NULL OR source_kind = 'refund'", name="only_refunds_look_back"),
    CheckConstraint("amount_micros * (CASE source_kind WHEN 'refund' THEN -1 ELSE 1 END) >= 0", name="sign"),
    Index(None, "period", "currency", "release_id"),
    Index(None, "reverses_id"),
)
"""What each sale and deal brought the fund, what each refund took back, and in which period it counts."""

pool = Table(
    "fund_pool",
    metadata,
    Column("id", Text, primary_key=True, comment="also seeds the draw of odd micro-units"),
    Column("period", CHAR(7), ForeignKey("fund_period.id"), nullable=False),
    Column("part", Text, nullable=False, comment="floor, influence or deal"),
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
    CheckConstraint("part IN ('floor', 'influence', 'deal')", name="part_known"),
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
    # Millions of rows a month: no foreign keys, whose triggers fire row by row; migration 0007 has one
    # trigger a statement. Lines of influence are found by contributor, since a picture's shares name them.
    Column("contributor_id", Text(collation="C"), primary_key=True),
    Column("pool_id", Text(collation="C"), primary_key=True),
    Column(
        "source_id",
        Text(collation="C"),
        primary_key=True,
        comment="the sale or refund for influence, the deal, else the release",
    ),
    Column("work_sha256", CHAR(64, collation="C"), primary_key=True),
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
    Index("ix_fund_allocation_pool_id", "pool_id", postgresql_where=text("share_ppb IS NULL")),
)
"""What each work earned from each pool; works that earned nothing have no row. The lines of a statement lie
together, in the order in which they are proved.
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
