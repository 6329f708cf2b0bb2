"""Tables of the books; imported by ``store.py`` only. Triggers of migration 0001 make them append-only and
balanced.
"""

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
    LargeBinary,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from fairstock.db.metadata import metadata

ledger_transaction = Table(
    "ledger_transaction",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from the key"),
    Column("key", Text, nullable=False, unique=True, comment="idempotency key, made by the caller"),
    Column("kind", Text, nullable=False, comment="why money moved"),
    Column("effective_at", DateTime(timezone=True), nullable=False, comment="when it happened"),
    Column(
        "recorded_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=func.now(),
        comment="when booked",
    ),
    Column("memo", Text, nullable=False, comment="one line for people"),
    Column(
        "reverses",
        Text,
        ForeignKey("ledger_transaction.key"),
        unique=True,
        comment="key of the transaction that this one undoes in full; at most once",
    ),
    Column("details", JSONB, nullable=False, comment="facts behind it"),
    Column(
        "digest",
        CHAR(64),
        nullable=False,
        comment="SHA-256 of the content, to tell a retry from another content",
    ),
    Index(None, "effective_at"),
    comment="append-only; must have two or more postings that sum to zero per currency",
)

ledger_posting = Table(
    "ledger_posting",
    metadata,
    Column("transaction_id", Text, ForeignKey("ledger_transaction.id"), primary_key=True),
    Column(
        "position", Integer, primary_key=True, autoincrement=False, comment="1, 2, … within the transaction"
    ),
    Column("account", Text(collation="C"), nullable=False, comment="family:owner"),
    Column(
        "amount_micros", BigInteger, nullable=False, comment="micro-units; positive debits, negative credits"
    ),
    Column("currency", CHAR(3), nullable=False, comment="ISO 4217"),
    CheckConstraint("amount_micros <> 0", name="amount"),
    CheckConstraint("account ~ '^[a-z][a-z_]*:[A-Za-z0-9._-]+$'", name="account"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    Index(None, "account", "currency", postgresql_include=["amount_micros"]),
    comment="append-only; all postings of a transaction are written by one statement",
)

ledger_chain = Table(
    "ledger_chain",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False, comment="1, 2, … without gaps"),
    Column("transaction_id", Text, ForeignKey("ledger_transaction.id"), nullable=False, unique=True),
    Column(
        "digest",
        LargeBinary,
        nullable=False,
        comment="SHA-256 over the previous digest and the transaction's content",
    ),
    CheckConstraint("length(digest) = 32", name="sha256"),
)
"""Seals the journal: no row before a published digest can change unseen. Written after the fact, in the
order of booking (``ledger.chain``).
"""
