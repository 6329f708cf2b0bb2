"""Withholding, conversion, disputes and holds.

Revision ID: 0008_payouts
Revises: 0007_proofs
"""

import sqlalchemy as sa
from alembic import op

revision = "0008_payouts"
down_revision = "0007_proofs"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "payout_withholding_rules",
    "payout_withholding",
    "payout_pool_territory",
    "payout_sourced_period",
    "payout_sourced",
    "payout_conversion",
    "payout_takeback",
    "payout_sanction_hit",
    "payout_sanction_clearance",
    "payout_dispute",
    "payout_dispute_event",
    "payout_adjustment",
)


def upgrade() -> None:
    """Tax forms and currencies of accounts, then the tables; all of them append-only."""
    _account()
    _tax()
    _conversion()
    _bank()
    _sanctions()
    _disputes()
    for name in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _at(name: str) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _text(name: str, comment: str | None = None, *, null: bool = False) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.Text(), nullable=null, comment=comment)


def _micros(name: str, comment: str) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.BigInteger(), nullable=False, comment=comment)


def _currency(name: str = "currency") -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.CHAR(3), nullable=False)


def _fk(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target])


def _account() -> None:
    """Forms that were there count as those that their country hands in."""
    op.add_column("payout_account", _text("tax_form", "W-9 or W-8BEN; null: none was handed in", null=True))
    op.add_column(
        "payout_account",
        sa.Column("currency", sa.CHAR(3), nullable=True, comment="wanted; null: as it was earned"),
    )
    op.execute(
        "UPDATE payout_account SET tax_form = CASE country WHEN 'US' THEN 'W-9' ELSE 'W-8BEN' END "
        "WHERE tax_form_valid_until IS NOT NULL"
    )
    op.alter_column(
        "payout_account",
        "tax_form_valid_until",
        comment="last day; null: no form, or one that does not expire",
        existing_comment="null: no form was handed in",
    )
    op.create_check_constraint("tax_form_known", "payout_account", "tax_form IN ('W-9', 'W-8BEN')")


def _tax() -> None:
    """Rules, where income came from, and what was withheld."""
    op.add_column(
        "payout",
        sa.Column(
            "withheld_micros",
            sa.BigInteger(),
            nullable=False,
            server_default="0",
            comment="kept for tax authorities besides the amount, in 10^-6 of the currency",
        ),
    )
    op.create_check_constraint("withheld_not_negative", "payout", "withheld_micros >= 0")
    op.create_table(
        "payout_withholding_rules",
        _text("version"),
        _text("body", "the TOML text"),
        _at("recorded_at"),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "payout_withholding",
        _text("payout_id"),
        _text("authority", "owner of the ledger account withheld:<authority>"),
        sa.Column("country", sa.CHAR(2), nullable=False, comment="of the buyers"),
        _micros("income_micros", "came from buyers there, in 10^-6 of the currency"),
        sa.Column("rate_ppm", sa.Integer(), nullable=False, comment="in millionths"),
        _micros("amount_micros", "withheld, in 10^-6 of the currency"),
        _currency(),
        _text("reason"),
        _text("rules_version"),
        _fk("payout_id", "payout.id"),
        _fk("rules_version", "payout_withholding_rules.version"),
        sa.PrimaryKeyConstraint("payout_id", "authority", "country"),
        sa.CheckConstraint("income_micros > 0", name="income_above_zero"),
        sa.CheckConstraint("rate_ppm BETWEEN 0 AND 1000000", name="rate_is_share"),
        sa.CheckConstraint("amount_micros BETWEEN 0 AND income_micros", name="part_of_income"),
    )
    op.create_table(
        "payout_pool_territory",
        _text("pool_id"),
        sa.Column("country", sa.CHAR(2), nullable=False, comment="of the buyers; ZZ: not known"),
        _micros("amount_micros", "what they paid into the pool, in 10^-6 of the currency"),
        _currency(),
        _fk("pool_id", "fund_pool.id"),
        sa.PrimaryKeyConstraint("pool_id", "country"),
    )
    op.create_table(
        "payout_sourced_period",
        sa.Column("period", sa.CHAR(7), nullable=False),
        _at("recorded_at"),
        _fk("period", "fund_period.id"),
        sa.PrimaryKeyConstraint("period"),
    )
    op.create_table(
        "payout_sourced",
        _text("contributor_id"),
        _currency(),
        sa.Column("country", sa.CHAR(2), nullable=False, comment="of the buyers; ZZ: not known"),
        _text("kind", "earned, converted_out, converted_in, paid or returned"),
        _text("reference", "period, conversion or payout"),
        _micros("amount_micros", "in 10^-6 of the currency; negative where it left the balance"),
        _fk("contributor_id", "party.id"),
        sa.PrimaryKeyConstraint("contributor_id", "currency", "country", "kind", "reference"),
        sa.CheckConstraint(
            "kind IN ('earned', 'converted_out', 'converted_in', 'paid', 'returned')", name="kind_known"
        ),
    )
    op.create_index("ix_payout_sourced_reference", "payout_sourced", ["reference"])


def _conversion() -> None:
    op.create_table(
        "payout_conversion",
        _text("id"),
        _text("contributor_id"),
        sa.Column("period", sa.CHAR(7), nullable=False),
        _currency("from_currency"),
        _micros("from_micros", "in 10^-6 of from_currency"),
        _currency("to_currency"),
        _micros("to_micros", "in 10^-6 of to_currency; from × rate, cut to a whole micro-unit"),
        _text("rate", "decimal: units of to_currency for one of from_currency"),
        sa.Column("rate_date", sa.Date(), nullable=False),
        _text("rate_source"),
        _at("converted_at"),
        _fk("contributor_id", "party.id"),
        _fk("period", "fund_period.id"),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("from_micros > 0 AND to_micros > 0", name="above_zero"),
    )
    op.create_index("ix_payout_conversion_contributor_id", "payout_conversion", ["contributor_id"])


def _bank() -> None:
    op.create_table(
        "payout_takeback",
        _text("payout_id"),
        _text("bank_reference"),
        _text("reason", "the bank's words"),
        _at("taken_at"),
        _fk("payout_id", "payout.id"),
        sa.PrimaryKeyConstraint("payout_id"),
    )


def _sanctions() -> None:
    op.create_table(
        "payout_sanction_hit",
        _text("id"),
        _text("contributor_id"),
        _text("entry", "of the list"),
        _text("listed", "what the list says there"),
        _text("matched", "what of the contributor is like it"),
        _text("list_version"),
        _at("found_at"),
        _fk("contributor_id", "party.id"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_payout_sanction_hit_contributor_id", "payout_sanction_hit", ["contributor_id"])
    op.create_table(
        "payout_sanction_clearance",
        _text("hit_id"),
        _text("cleared_by"),
        _text("reason"),
        _at("cleared_at"),
        _fk("hit_id", "payout_sanction_hit.id"),
        _fk("cleared_by", "party.id"),
        sa.PrimaryKeyConstraint("hit_id"),
        sa.CheckConstraint("length(trim(reason)) > 0", name="reason_given"),
    )


def _disputes() -> None:
    op.create_table(
        "payout_dispute",
        _text("id"),
        _text("contributor_id"),
        sa.Column("period", sa.CHAR(7), nullable=False, comment="of the statement"),
        _text("subject_kind", "allocation, payout or withholding"),
        _text("subject", "what names the line"),
        _micros("amount_micros", "of the line, in 10^-6 of the currency"),
        _currency(),
        _at("opened_at"),
        _fk("contributor_id", "party.id"),
        _fk("period", "fund_period.id"),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("subject_kind IN ('allocation', 'payout', 'withholding')", name="subject_known"),
    )
    op.create_index("ix_payout_dispute_contributor_id_period", "payout_dispute", ["contributor_id", "period"])
    op.create_table(
        "payout_dispute_event",
        _text("dispute_id"),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False, comment="1, 2, …"),
        _text("kind", "opened, answered or resolved"),
        _text("party_id", "who spoke"),
        _text("text"),
        _text("outcome", "upheld or rejected; null unless resolved", null=True),
        _at("at"),
        _fk("dispute_id", "payout_dispute.id"),
        _fk("party_id", "party.id"),
        sa.PrimaryKeyConstraint("dispute_id", "position"),
        sa.CheckConstraint("kind IN ('opened', 'answered', 'resolved')", name="kind_known"),
        sa.CheckConstraint("(kind = 'opened') = (position = 1)", name="opened_first"),
        sa.CheckConstraint("(kind = 'resolved') = (outcome IS NOT NULL)", name="outcome_when_resolved"),
        sa.CheckConstraint("outcome IN ('upheld', 'rejected')", name="outcome_known"),
        sa.CheckConstraint("length(trim(text)) > 0", name="says_something"),
    )
    op.create_index(
        "uq_payout_dispute_event_resolved",
        "payout_dispute_event",
        ["dispute_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'resolved'"),
    )
    op.create_table(
        "payout_adjustment",
        _text("id", "ledger key: adjust:<id>"),
        _text("contributor_id"),
        sa.Column("period", sa.CHAR(7), nullable=False, comment="on whose statement it stands"),
        _text("kind", "backpay, dispute_resolution, refund or revenue_correction"),
        _micros("amount_micros", "positive: owed more; in 10^-6 of the currency"),
        _currency(),
        _text("against", "ledger account that gives or takes it"),
        _text("reason"),
        _text("dispute_id", null=True),
        _text("decided_by"),
        _at("decided_at"),
        _fk("contributor_id", "party.id"),
        _fk("dispute_id", "payout_dispute.id"),
        _fk("decided_by", "party.id"),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("amount_micros <> 0", name="not_zero"),
        sa.CheckConstraint(
            "kind IN ('backpay', 'dispute_resolution', 'refund', 'revenue_correction')", name="kind_known"
        ),
        sa.CheckConstraint("against IN ('revenue:house', 'reserve:fund')", name="against_known"),
        sa.CheckConstraint("length(trim(reason)) > 0", name="reason_given"),
    )
    op.create_index("ix_payout_adjustment_contributor_id", "payout_adjustment", ["contributor_id"])
