"""API keys, their rates and budgets, and the calls that made pictures with them.

Revision ID: 0010_api
Revises: 0009_journal
"""

import sqlalchemy as sa
from alembic import op

revision = "0010_api"
down_revision = "0009_journal"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the access context."""
    _key()
    _call()


def _moment(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def _key() -> None:
    """Keys and how much of their rates is used."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("buyer_id", sa.Text, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("label", sa.Text, nullable=False, comment="what its holder calls it"),
        sa.Column(
            "secret_sha256",
            sa.CHAR(64),
            nullable=False,
            unique=True,
            comment="of the secret, kept nowhere",
        ),
        sa.Column("hint", sa.Text, nullable=False, comment="the secret's last four characters"),
        sa.Column("requests_per_minute", sa.Integer, nullable=False),
        sa.Column("images_per_minute", sa.Integer, nullable=False),
        sa.Column(
            "budget_micros",
            sa.BigInteger,
            comment="most in a calendar month, in currency; null for no bound",
        ),
        sa.Column("currency", sa.CHAR(3), comment="of the budget"),
        _moment("created_at"),
        _moment("revoked_at", "from when on it opens nothing", nullable=True),
        sa.CheckConstraint("requests_per_minute > 0 AND images_per_minute > 0", name="limits"),
        sa.CheckConstraint("budget_micros > 0", name="budget"),
        sa.CheckConstraint("(budget_micros IS NULL) = (currency IS NULL)", name="budget_has_currency"),
    )
    op.create_index(None, "api_key", ["buyer_id", "created_at"])
    op.create_table(
        "api_rate",
        sa.Column("key_id", sa.Text, sa.ForeignKey("api_key.id"), primary_key=True),
        _moment("requests_full_at", "when the limit is whole"),
        _moment("images_full_at", "when the limit is whole"),
        comment="one row a key, locked while a call is let in, so that limits hold over all processes",
    )


def _call() -> None:
    """Calls with all their repetitions."""
    op.create_table(
        "api_call",
        sa.Column("id", sa.Text, primary_key=True, comment="also the key of its generation request"),
        sa.Column("key_id", sa.Text, sa.ForeignKey("api_key.id"), nullable=False),
        sa.Column("endpoint", sa.Text, nullable=False, comment="generations, edits or variations"),
        sa.Column(
            "body_sha256", sa.CHAR(64), nullable=False, comment="of fields and files, not of their wrapping"
        ),
        sa.Column("idempotency_key", sa.Text, comment="as the client sent it"),
        sa.Column("images", sa.Integer, nullable=False),
        sa.Column("hold_micros", sa.BigInteger, nullable=False, comment="the quote when it was let in"),
        sa.Column("charged_micros", sa.BigInteger, comment="sum of its sales, in currency; null unless done"),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("state", sa.Text, nullable=False, comment="open, done or failed"),
        sa.Column("attempt", sa.Integer, nullable=False, comment="tries so far; only the latest may give up"),
        sa.Column("retry_count", sa.Integer, nullable=False, comment="highest x-stainless-retry-count seen"),
        _moment("created_at"),
        _moment("touched_at", "last try or end"),
        _moment("held_until", "an open call counts until then"),
        _moment("finished_at", nullable=True),
        sa.CheckConstraint("endpoint IN ('generations', 'edits', 'variations')", name="endpoint"),
        sa.CheckConstraint("state IN ('open', 'done', 'failed')", name="state"),
        sa.CheckConstraint("(state = 'done') = (charged_micros IS NOT NULL)", name="done_is_charged"),
        sa.CheckConstraint("(state = 'open') = (finished_at IS NULL)", name="finished"),
        sa.CheckConstraint("images BETWEEN 1 AND 10", name="images"),
    )
    op.create_index("ix_api_call_idempotency_key", "api_call", ["key_id", "idempotency_key"], unique=True)
    op.create_index("ix_api_call_body", "api_call", ["key_id", "body_sha256", "touched_at"])
    op.create_index("ix_api_call_open", "api_call", ["key_id", "held_until"])
    op.create_index("ix_api_call_finished", "api_call", ["key_id", "finished_at"])
