"""Tables of the access context; imported by ``store.py`` only."""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from fairstock.db.metadata import metadata

api_key = Table(
    "api_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("buyer_id", Text, ForeignKey("party.id"), nullable=False),
    Column("label", Text, nullable=False, comment="what its holder calls it"),
    Column("secret_sha256", CHAR(64), nullable=False, unique=True, comment="of the secret, kept nowhere"),
    Column("hint", Text, nullable=False, comment="the secret's last four characters"),
    Column("requests_per_minute", Integer, nullable=False),
    Column("images_per_minute", Integer, nullable=False),
    Column("budget_micros", BigInteger, comment="most in a calendar month, in currency; null for no bound"),
    Column("currency", CHAR(3), comment="of the budget"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True), comment="from when on it opens nothing"),
    CheckConstraint("requests_per_minute > 0 AND images_per_minute > 0", name="limits"),
    CheckConstraint("budget_micros > 0", name="budget"),
    CheckConstraint("(budget_micros IS NULL) = (currency IS NULL)", name="budget_has_currency"),
    Index(None, "buyer_id", "created_at"),
)

api_rate = Table(
    "api_rate",
    metadata,
    Column("key_id", Text, ForeignKey("api_key.id"), primary_key=True),
    Column("requests_full_at", DateTime(timezone=True), nullable=False, comment="when the limit is whole"),
    Column("images_full_at", DateTime(timezone=True), nullable=False, comment="when the limit is whole"),
    comment="one row a key, locked while a call is let in, so that limits hold over all processes",
)

api_call = Table(
    "api_call",
    metadata,
    Column("id", Text, primary_key=True, comment="also the key of its generation request"),
    Column("key_id", Text, ForeignKey("api_key.id"), nullable=False),
    Column("endpoint", Text, nullable=False, comment="generations, edits or variations"),
    Column("body_sha256", CHAR(64), nullable=False, comment="of fields and files, not of their wrapping"),
    Column("idempotency_key", Text, comment="as the client sent it"),
    Column("images", Integer, nullable=False),
    Column("hold_micros", BigInteger, nullable=False, comment="the quote when it was let in"),
    Column("charged_micros", BigInteger, comment="sum of its sales, in currency; null unless done"),
    Column("currency", CHAR(3), nullable=False),
    Column("state", Text, nullable=False, comment="open, done or failed"),
    Column("attempt", Integer, nullable=False, comment="tries so far; only the latest may give up"),
    Column("retry_count", Integer, nullable=False, comment="highest x-stainless-retry-count seen"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("touched_at", DateTime(timezone=True), nullable=False, comment="last try or end"),
    Column("held_until", DateTime(timezone=True), nullable=False, comment="an open call counts until then"),
    Column("finished_at", DateTime(timezone=True)),
    CheckConstraint("endpoint IN ('generations', 'edits', 'variations')", name="endpoint"),
    CheckConstraint("state IN ('open', 'done', 'failed')", name="state"),
    CheckConstraint("(state = 'done') = (charged_micros IS NOT NULL)", name="done_is_charged"),
    CheckConstraint("(state = 'open') = (finished_at IS NULL)", name="finished"),
    CheckConstraint("images BETWEEN 1 AND 10", name="images"),
    Index("ix_api_call_idempotency_key", "key_id", "idempotency_key", unique=True),
    Index("ix_api_call_body", "key_id", "body_sha256", "touched_at"),
    Index("ix_api_call_open", "key_id", "held_until"),
    Index("ix_api_call_finished", "key_id", "finished_at"),
)
