"""Table of the statement context."""

from __future__ import annotations

from sqlalchemy import CHAR, Column, DateTime, ForeignKey, Integer, Table, Text

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
"""Statements as they were published; a changed one gets a new revision, and the old one stays."""
