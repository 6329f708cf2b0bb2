"""Tables of the parties; imported by ``store.py`` only."""

from __future__ import annotations

from sqlalchemy import CHAR, Boolean, CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, func

from fairstock.db.metadata import metadata

party = Table(
    "party",
    metadata,
    Column("id", Text, primary_key=True, comment="derived from the handle"),
    Column("handle", Text, nullable=False, unique=True, comment="short unique name, used in URLs and files"),
    Column("name", Text, nullable=False, comment="full name as it is shown"),
    Column("kind", Text, nullable=False, comment="contributor, buyer, staff or house"),
    Column("email", Text),
    Column("country", CHAR(2), comment="ISO 3166-1 alpha-2, tax residence"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("kind IN ('contributor', 'buyer', 'staff', 'house')", name="kind"),
)

party_role = Table(
    "party_role",
    metadata,
    Column("party_id", Text, ForeignKey("party.id"), primary_key=True),
    Column("role", Text, primary_key=True, comment="contributor, buyer, reviewer, finance or operator"),
    CheckConstraint("role IN ('contributor', 'buyer', 'reviewer', 'finance', 'operator')", name="role"),
)

credential = Table(
    "credential",
    metadata,
    Column("party_id", Text, ForeignKey("party.id"), primary_key=True),
    Column("password_hash", Text, nullable=False, comment="argon2id with its salt and cost"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

training_license = Table(
    "training_license",
    metadata,
    Column(
        "id",
        Text,
        primary_key=True,
        comment="derived from what was stated, so a repeated statement is one row",
    ),
    Column("party_id", Text, ForeignKey("party.id"), nullable=False),
    Column("granted", Boolean, nullable=False, comment="true grants, false withdraws"),
    Column("since", DateTime(timezone=True), nullable=False, comment="from when on it holds"),
    Column("evidence", Text, nullable=False, comment="where the statement can be found"),
    Column(
        "recorded_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=func.clock_timestamp(),
        comment="of the statements in force, the one recorded last counts",
    ),
    Index(None, "party_id", "recorded_at"),
    comment="append-only; a trigger refuses changes",
)
