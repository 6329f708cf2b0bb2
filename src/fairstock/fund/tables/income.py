"""What flows into the fund, and the periods and policies by which it counts."""

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
    Table,
    Text,
    UniqueConstraint,
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
    Column(
        "published_at",
        DateTime(timezone=True),
        nullable=True,
        comment="when the work became available in the library; null: not known, which counts as the oldest",
    ),
    Index(None, "asset_id"),
)
"""The works that a deal delivered, with the cluster and the date of each as they stood then."""

accrual = Table(
    "fund_accrual",
    metadata,
    Column("id", Text, primary_key=True),
    Column("period", CHAR(7), ForeignKey("fund_period.id"), nullable=False),
    Column("source_kind", Text, nullable=False, comment="sale, deal, refund or reserve"),
    Column(
        "source_id",
        Text,
        nullable=False,
        comment="of license_sale, fund_deal, license_refund or fund_reserve_share",
    ),
    Column(
        "asset_id",
        Text,
        ForeignKey("asset.id"),
        nullable=True,
        comment="the picture sold or refunded; null for deal and reserve",
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
    CheckConstraint("source_kind IN ('sale', 'deal', 'refund', 'reserve')", name="source_known"),
    CheckConstraint("(source_kind = 'refund') = (reverses_id IS NOT NULL)", name="refund_reverses"),
    CheckConstraint("divided_in IS NULL OR source_kind = 'refund'", name="only_refunds_look_back"),
    CheckConstraint(
        "CASE source_kind WHEN 'refund' THEN amount_micros <= 0 WHEN 'reserve' THEN true"
        " ELSE amount_micros >= 0 END",
        name="sign",
    ),
    Index(None, "period", "currency", "release_id"),
    Index(None, "reverses_id"),
)
"""What each sale, deal and share of the reserve brought the fund, what each refund took back, and in which
period it counts.
"""

reserve_share = Table(
    "fund_reserve_share",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "year", Integer, nullable=False, comment="whose months left it, with what earlier years left over"
    ),
    Column("currency", CHAR(3), nullable=False),
    Column(
        "release_id",
        Text,
        ForeignKey("model_release.id"),
        nullable=True,
        comment="whose works share it; null: those of all releases of the year",
    ),
    Column(
        "amount_micros",
        BigInteger,
        nullable=False,
        comment="in 10^-6 of the currency; negative where refunds took back more than came in",
    ),
    Column("distributed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("year", "currency", "release_id", postgresql_nulls_not_distinct=True),
    CheckConstraint("amount_micros <> 0", name="not_zero"),
)
"""Parts of a year's reserve that were given to contributors."""

reserve_work = Table(
    "fund_reserve_work",
    metadata,
    Column("share_id", Text, ForeignKey("fund_reserve_share.id"), primary_key=True),
    Column("work_sha256", CHAR(64), primary_key=True),
    Column("contributor_id", Text, ForeignKey("party.id"), nullable=False),
    Column("cluster", Text, nullable=False, comment="near-duplicates share it and have one vote together"),
    Column(
        "published_at",
        DateTime(timezone=True),
        nullable=True,
        comment="when the work became available in the library; null: not known, which counts as the oldest",
    ),
)
"""The works that share in a part of the reserve, with their clusters and dates, as they stood at the
distribution.
"""
