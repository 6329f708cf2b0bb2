"""The money: licenses, attribution, the fund, payouts, statements, and triggers that keep them append-only.

Revision ID: 0004_money
Revises: 0003_generation
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0004_money"
down_revision = "0003_generation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, then the triggers of ``0004_money_triggers.sql``."""
    _license()
    _attribution()
    _fund()
    _payout()
    _statement()
    op.get_bind().exec_driver_sql(
        Path(__file__).with_name("0004_money_triggers.sql").read_text(encoding="utf-8"),
        execution_options={"no_parameters": True},
    )


def _license() -> None:
    """Price books and licenses."""
    op.create_table(
        "license_price_book",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column(
            "body",
            sa.Text(),
            nullable=False,
            comment="the TOML text, so that an old sale can be priced again",
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_license_price_book")),
    )
    op.create_table(
        "license_sale",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="made by the caller; a repeated call sells once"),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False, comment="edge in pixels"),
        sa.Column("territory", sa.CHAR(length=2), nullable=False, comment="country of the buyer at the sale"),
        sa.Column(
            "quantity_before",
            sa.Integer(),
            nullable=False,
            comment="licensed by the buyer earlier in that month",
        ),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column(
            "amount_micros", sa.BigInteger(), nullable=False, comment="price, in 10^-6 of the currency"
        ),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("price_book_version", sa.Text(), nullable=False),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_micros > 0", name=op.f("ck_license_sale_price_above_zero")),
        sa.CheckConstraint("quantity_before >= 0", name=op.f("ck_license_sale_quantity_not_negative")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_license_sale_asset_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["party.id"], name=op.f("fk_license_sale_buyer_id")),
        sa.ForeignKeyConstraint(
            ["price_book_version"],
            ["license_price_book.version"],
            name=op.f("fk_license_sale_price_book_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_sale")),
        sa.UniqueConstraint("key", name=op.f("uq_license_sale_key")),
    )
    op.create_index(op.f("ix_license_sale_asset_id"), "license_sale", ["asset_id"], unique=False)
    op.create_index(
        op.f("ix_license_sale_buyer_id_sold_at"), "license_sale", ["buyer_id", "sold_at"], unique=False
    )


def _attribution() -> None:
    """Methods, and the shares of works in pictures."""
    op.create_table(
        "attribution_method",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column(
            "reliability_ppb", sa.BigInteger(), nullable=True, comment="measured, in 10^-9; null: unmeasured"
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reliability_ppb BETWEEN 0 AND 1000000000",
            name=op.f("ck_attribution_method_reliability_is_a_share"),
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["model_release.id"], name=op.f("fk_attribution_method_release_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribution_method")),
        sa.UniqueConstraint(
            "name", "version", "release_id", name=op.f("uq_attribution_method_name_version_release_id")
        ),
    )
    op.create_table(
        "attribution_result",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("method_id", sa.Text(), nullable=False),
        sa.Column(
            "works", sa.Integer(), nullable=False, comment="works with a share; 0: the method could name none"
        ),
        sa.Column("attributed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_attribution_result_asset_id")),
        sa.ForeignKeyConstraint(
            ["method_id"], ["attribution_method.id"], name=op.f("fk_attribution_result_method_id")
        ),
        sa.PrimaryKeyConstraint("asset_id", "method_id", name=op.f("pk_attribution_result")),
    )
    op.create_index(
        op.f("ix_attribution_result_method_id"), "attribution_result", ["method_id"], unique=False
    )
    op.create_table(
        "attribution_share",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("method_id", sa.Text(), nullable=False),
        sa.Column("work_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("contributor_id", sa.Text(), nullable=False),
        sa.Column(
            "share_ppb", sa.BigInteger(), nullable=False, comment="in 10^-9; a picture's shares sum to 10^9"
        ),
        sa.CheckConstraint(
            "share_ppb BETWEEN 1 AND 1000000000", name=op.f("ck_attribution_share_share_is_positive")
        ),
        sa.ForeignKeyConstraint(
            ["asset_id", "method_id"],
            ["attribution_result.asset_id", "attribution_result.method_id"],
            name=op.f("fk_attribution_share_asset_id_method_id"),
        ),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["party.id"], name=op.f("fk_attribution_share_contributor_id")
        ),
        sa.PrimaryKeyConstraint("asset_id", "method_id", "work_sha256", name=op.f("pk_attribution_share")),
    )
    op.create_index(
        op.f("ix_attribution_share_contributor_id"), "attribution_share", ["contributor_id"], unique=False
    )


def _fund() -> None:
    """Policies, periods, deals, accruals, and the division of a period."""
    op.create_table(
        "fund_policy",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column(
            "body", sa.Text(), nullable=False, comment="the TOML text, so that a period can be divided again"
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_fund_policy")),
    )
    op.create_table(
        "fund_period",
        sa.Column("id", sa.CHAR(length=7), nullable=False, comment="calendar month in UTC, YYYY-MM"),
        sa.Column("state", sa.Text(), nullable=False, comment="open or closed"),
        sa.Column("policy_version", sa.Text(), nullable=True, comment="that divided it"),
        sa.Column(
            "input_digest",
            sa.CHAR(length=64),
            nullable=True,
            comment="SHA-256 over all that decided the division",
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (input_digest IS NOT NULL)", name=op.f("ck_fund_period_closed_is_frozen")
        ),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_fund_period_state_known")),
        sa.ForeignKeyConstraint(
            ["policy_version"], ["fund_policy.version"], name=op.f("fk_fund_period_policy_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_period")),
    )
    op.create_table(
        "fund_deal",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="made by the caller; a repeated call books once"),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column(
            "amount_micros", sa.BigInteger(), nullable=False, comment="price, in 10^-6 of the currency"
        ),
        sa.Column(
            "fund_micros", sa.BigInteger(), nullable=False, comment="the contributors' part of the price"
        ),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_micros > 0", name=op.f("ck_fund_deal_price_above_zero")),
        sa.CheckConstraint(
            "fund_micros BETWEEN 0 AND amount_micros", name=op.f("ck_fund_deal_part_of_price")
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["party.id"], name=op.f("fk_fund_deal_buyer_id")),
        sa.ForeignKeyConstraint(
            ["policy_version"], ["fund_policy.version"], name=op.f("fk_fund_deal_policy_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_deal")),
        sa.UniqueConstraint("key", name=op.f("uq_fund_deal_key")),
    )
    op.create_table(
        "fund_deal_work",
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("work_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("contributor_id", sa.Text(), nullable=False),
        sa.Column(
            "cluster",
            sa.Text(),
            nullable=False,
            comment="near-duplicates share it; an ungrouped work has its own",
        ),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_fund_deal_work_asset_id")),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["party.id"], name=op.f("fk_fund_deal_work_contributor_id")
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["fund_deal.id"], name=op.f("fk_fund_deal_work_deal_id")),
        sa.PrimaryKeyConstraint("deal_id", "asset_id", name=op.f("pk_fund_deal_work")),
    )
    op.create_index(op.f("ix_fund_deal_work_asset_id"), "fund_deal_work", ["asset_id"], unique=False)
    op.create_table(
        "fund_accrual",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("period", sa.CHAR(length=7), nullable=False),
        sa.Column("source_kind", sa.Text(), nullable=False, comment="sale or deal"),
        sa.Column("source_id", sa.Text(), nullable=False, comment="license_sale.id or fund_deal.id"),
        sa.Column("asset_id", sa.Text(), nullable=True, comment="the picture sold; null for a deal"),
        sa.Column("release_id", sa.Text(), nullable=True, comment="that made the picture"),
        sa.Column(
            "amount_micros",
            sa.BigInteger(),
            nullable=False,
            comment="the fund's part, in 10^-6 of the currency",
        ),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("ledger_key", sa.Text(), nullable=False, comment="transaction that booked it"),
        sa.Column(
            "accrued_at", sa.DateTime(timezone=True), nullable=False, comment="date of the sale or deal"
        ),
        sa.CheckConstraint("source_kind IN ('sale', 'deal')", name=op.f("ck_fund_accrual_source_known")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_fund_accrual_asset_id")),
        sa.ForeignKeyConstraint(["period"], ["fund_period.id"], name=op.f("fk_fund_accrual_period")),
        sa.ForeignKeyConstraint(
            ["policy_version"], ["fund_policy.version"], name=op.f("fk_fund_accrual_policy_version")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["model_release.id"], name=op.f("fk_fund_accrual_release_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_accrual")),
        sa.UniqueConstraint("source_kind", "source_id", name=op.f("uq_fund_accrual_source_kind_source_id")),
    )
    op.create_index(
        op.f("ix_fund_accrual_period_currency_release_id"),
        "fund_accrual",
        ["period", "currency", "release_id"],
        unique=False,
    )
    op.create_table(
        "fund_pool",
        sa.Column("id", sa.Text(), nullable=False, comment="also seeds the draw of odd micro-units"),
        sa.Column("period", sa.CHAR(length=7), nullable=False),
        sa.Column("part", sa.Text(), nullable=False, comment="floor, influence or deal"),
        sa.Column("release_id", sa.Text(), nullable=True),
        sa.Column("deal_id", sa.Text(), nullable=True),
        sa.Column("method_id", sa.Text(), nullable=True, comment="for influence"),
        sa.Column(
            "reliability_ppb",
            sa.BigInteger(),
            nullable=True,
            comment="measured, in 10^-9; null: unmeasured, counts 0",
        ),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("sources", sa.Integer(), nullable=False, comment="sales or deals that paid into it"),
        sa.Column(
            "clusters", sa.Integer(), nullable=False, comment="clusters with one vote each; 0 for influence"
        ),
        sa.Column(
            "amount_micros",
            sa.BigInteger(),
            nullable=False,
            comment="what flowed in, in 10^-6 of the currency",
        ),
        sa.Column("allocated_micros", sa.BigInteger(), nullable=False, comment="what contributors got"),
        sa.Column(
            "reserve_micros", sa.BigInteger(), nullable=False, comment="the rest, which went to the reserve"
        ),
        sa.Column("reserve_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("part IN ('floor', 'influence', 'deal')", name=op.f("ck_fund_pool_part_known")),
        sa.CheckConstraint(
            "allocated_micros + reserve_micros = amount_micros", name=op.f("ck_fund_pool_adds_up")
        ),
        sa.CheckConstraint(
            "reserve_micros = 0 OR reserve_reason IS NOT NULL", name=op.f("ck_fund_pool_reserve_explained")
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["fund_deal.id"], name=op.f("fk_fund_pool_deal_id")),
        sa.ForeignKeyConstraint(
            ["method_id"], ["attribution_method.id"], name=op.f("fk_fund_pool_method_id")
        ),
        sa.ForeignKeyConstraint(["period"], ["fund_period.id"], name=op.f("fk_fund_pool_period")),
        sa.ForeignKeyConstraint(["release_id"], ["model_release.id"], name=op.f("fk_fund_pool_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_pool")),
    )
    op.create_index(op.f("ix_fund_pool_period_currency"), "fund_pool", ["period", "currency"], unique=False)
    op.create_table(
        "fund_inflow",
        sa.Column("pool_id", sa.Text(), nullable=False),
        sa.Column("accrual_id", sa.Text(), nullable=False),
        sa.Column(
            "amount_micros",
            sa.BigInteger(),
            nullable=False,
            comment="of the accrual, in 10^-6 of its currency",
        ),
        sa.ForeignKeyConstraint(["accrual_id"], ["fund_accrual.id"], name=op.f("fk_fund_inflow_accrual_id")),
        sa.ForeignKeyConstraint(
            ["pool_id"],
            ["fund_pool.id"],
            name=op.f("fk_fund_inflow_pool_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("pool_id", "accrual_id", name=op.f("pk_fund_inflow")),
    )
    op.create_index(op.f("ix_fund_inflow_accrual_id"), "fund_inflow", ["accrual_id"], unique=False)
    op.create_table(
        "fund_allocation",
        sa.Column("pool_id", sa.Text(), nullable=False),
        sa.Column(
            "source_id",
            sa.Text(),
            nullable=False,
            comment="the sale for influence, the deal, else the release",
        ),
        sa.Column("contributor_id", sa.Text(), nullable=False),
        sa.Column("work_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("cluster", sa.Text(), nullable=True, comment="null for influence"),
        sa.Column(
            "cluster_contributors",
            sa.Integer(),
            nullable=True,
            comment="who share the cluster's part; null for influence",
        ),
        sa.Column(
            "contributor_works",
            sa.Integer(),
            nullable=True,
            comment="works that share it again; null for influence",
        ),
        sa.Column(
            "share_ppb",
            sa.BigInteger(),
            nullable=True,
            comment="of the picture, after the cap; null but for influence",
        ),
        sa.Column(
            "amount_micros",
            sa.BigInteger(),
            nullable=False,
            comment="in 10^-6 of the pool's currency; never 0",
        ),
        sa.CheckConstraint("amount_micros <> 0", name=op.f("ck_fund_allocation_not_zero")),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["party.id"], name=op.f("fk_fund_allocation_contributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"],
            ["fund_pool.id"],
            name=op.f("fk_fund_allocation_pool_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint(
            "pool_id", "source_id", "contributor_id", "work_sha256", name=op.f("pk_fund_allocation")
        ),
    )
    op.create_index(
        op.f("ix_fund_allocation_contributor_id_pool_id"),
        "fund_allocation",
        ["contributor_id", "pool_id"],
        unique=False,
    )


def _statement() -> None:
    """Statements as published."""
    op.create_table(
        "statement_issue",
        sa.Column("period", sa.CHAR(length=7), nullable=False),
        sa.Column("contributor_id", sa.Text(), nullable=False),
        sa.Column(
            "revision",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="1, 2, … when figures changed later",
        ),
        sa.Column("json_sha256", sa.CHAR(length=64), nullable=False, comment="in the object store"),
        sa.Column("csv_sha256", sa.CHAR(length=64), nullable=False, comment="in the object store"),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["party.id"], name=op.f("fk_statement_issue_contributor_id")
        ),
        sa.ForeignKeyConstraint(["period"], ["fund_period.id"], name=op.f("fk_statement_issue_period")),
        sa.PrimaryKeyConstraint("period", "contributor_id", "revision", name=op.f("pk_statement_issue")),
    )


def _payout() -> None:
    """Accounts, orders, and how they ended."""
    op.create_table(
        "payout_account",
        sa.Column("contributor_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False, comment="how the money travels"),
        sa.Column("reference", sa.Text(), nullable=False, comment="what the bank needs to find the account"),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column(
            "country",
            sa.CHAR(length=2),
            nullable=False,
            comment="tax residence as stated, ISO 3166-1 alpha-2",
        ),
        sa.Column("tax_form_valid_until", sa.Date(), nullable=True, comment="null: no form was handed in"),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["party.id"], name=op.f("fk_payout_account_contributor_id")
        ),
        sa.PrimaryKeyConstraint("contributor_id", name=op.f("pk_payout_account")),
    )
    op.create_table(
        "payout_policy",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="the TOML text"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_payout_policy")),
    )
    op.create_table(
        "payout_hold",
        sa.Column("contributor_id", sa.Text(), nullable=False),
        sa.Column("period", sa.CHAR(length=7), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "balance_micros", sa.BigInteger(), nullable=False, comment="owed then, in 10^-6 of the currency"
        ),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contributor_id"], ["party.id"], name=op.f("fk_payout_hold_contributor_id")),
        sa.ForeignKeyConstraint(["period"], ["fund_period.id"], name=op.f("fk_payout_hold_period")),
        sa.ForeignKeyConstraint(
            ["policy_version"], ["payout_policy.version"], name=op.f("fk_payout_hold_policy_version")
        ),
        sa.PrimaryKeyConstraint(
            "contributor_id", "period", "currency", "reason", name=op.f("pk_payout_hold")
        ),
    )
    op.create_table(
        "payout",
        sa.Column("id", sa.Text(), nullable=False, comment="also the bank's idempotency key"),
        sa.Column("contributor_id", sa.Text(), nullable=False),
        sa.Column("period", sa.CHAR(length=7), nullable=False),
        sa.Column(
            "amount_micros", sa.BigInteger(), nullable=False, comment="whole cents, in 10^-6 of the currency"
        ),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, comment="account as it was when ordered"),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount_micros > 0 AND amount_micros % 10000 = 0", name=op.f("ck_payout_whole_cents")
        ),
        sa.ForeignKeyConstraint(["contributor_id"], ["party.id"], name=op.f("fk_payout_contributor_id")),
        sa.ForeignKeyConstraint(["period"], ["fund_period.id"], name=op.f("fk_payout_period")),
        sa.ForeignKeyConstraint(
            ["policy_version"], ["payout_policy.version"], name=op.f("fk_payout_policy_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout")),
        sa.UniqueConstraint(
            "contributor_id", "period", "currency", name=op.f("uq_payout_contributor_id_period_currency")
        ),
    )
    op.create_index(op.f("ix_payout_period"), "payout", ["period"], unique=False)
    op.create_table(
        "payout_attempt",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("payout_id", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False, comment="paid, returned, unknown, or silence"),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["payout_id"], ["payout.id"], name=op.f("fk_payout_attempt_payout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_attempt")),
    )
    op.create_index(op.f("ix_payout_attempt_payout_id"), "payout_attempt", ["payout_id"], unique=False)
    op.create_table(
        "payout_outcome",
        sa.Column("payout_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="paid or returned"),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="the bank's words for a return"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('paid', 'returned')", name=op.f("ck_payout_outcome_state_known")),
        sa.ForeignKeyConstraint(["payout_id"], ["payout.id"], name=op.f("fk_payout_outcome_payout_id")),
        sa.PrimaryKeyConstraint("payout_id", name=op.f("pk_payout_outcome")),
    )
