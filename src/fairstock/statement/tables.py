"""Tables of the statement context. The database refuses any change to them."""

from __future__ import annotations

from sqlalchemy import CHAR, BigInteger, Column, DateTime, ForeignKey, Integer, LargeBinary, Table, Text

from fairstock.db.metadata import metadata

issue = Table(
    "statement_issue",
    metadata,
    Column("period", CHAR(7), ForeignKey("fund_period.id"), primary_key=True),
    Column("contributor_id", Text, ForeignKey("party.id"), primary_key=True),
    Column(
        "revision",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="1, 2, … when figures changed later",
    ),
    Column("json_sha256", CHAR(64), nullable=False, comment="in the object store"),
    Column("csv_sha256", CHAR(64), nullable=False, comment="in the object store"),
    Column("issued_at", DateTime(timezone=True), nullable=False),
)
"""Statements as they were published; a changed one gets a new revision, and the old one stays. The JSON
is kept without its ``proof``, which a later edition changes.
"""

input_file = Table(
    "statement_input",
    metadata,
    Column("pool_id", Text, ForeignKey("fund_pool.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1, 2, … of one pool"),
    Column("sha256", CHAR(64), nullable=False, comment="in the object store"),
)
"""Files with everything that decided a pool which is too large for a statement."""

edition = Table(
    "statement_edition",
    metadata,
    Column("period", CHAR(7), ForeignKey("fund_period.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1, 2, … of one period"),
    Column("root", CHAR(64), nullable=False, comment="Merkle root over all statements, published"),
    Column("statements", BigInteger, nullable=False),
    Column("document_sha256", CHAR(64), nullable=False, comment="of root.json, in the object store"),
    Column(
        "journal_links", BigInteger, nullable=False, comment="transactions that the journal had sealed then"
    ),
    Column("journal_digest", CHAR(64), nullable=False, comment="of the last of them, published in root.json"),
    Column("published_at", DateTime(timezone=True), nullable=False),
)
"""Every time that a period's statements were published and one of them had changed."""

leaf = Table(
    "statement_leaf",
    metadata,
    Column("period", CHAR(7), ForeignKey("fund_period.id"), primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column(
        "contributor_id",
        Text(collation="C"),
        ForeignKey("party.id"),
        primary_key=True,
        comment="also the order",
    ),
    Column("position", BigInteger, nullable=False, comment="0, 1, … in the tree"),
    Column("json_sha256", CHAR(64), nullable=False, comment="of the statement without its proof"),
    Column("csv_sha256", CHAR(64), nullable=False),
)
"""The statements of an edition, as the leaves of its tree."""

node = Table(
    "statement_node",
    metadata,
    Column("period", CHAR(7), ForeignKey("fund_period.id"), primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("level", Integer, primary_key=True, autoincrement=False, comment="0: the leaves"),
    Column("position", BigInteger, primary_key=True, autoincrement=False, comment="0, 1, … in its level"),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256"),
)
"""The tree of an edition."""
