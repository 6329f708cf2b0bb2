"""What the database itself refuses, whatever program talks to it."""

from __future__ import annotations

import pytest
from factories.core import sale
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from fairstock.db.transaction import transaction
from fairstock.ledger import store
from fairstock.ledger.post import post

HEAD = (
    "INSERT INTO ledger_transaction (id, key, kind, effective_at, memo, details, digest) "
    "VALUES ('{0}', '{0}', 'sale', now(), '', '{{}}', repeat('0', 64))"
)
LINE = "('{0}', {1}, '{2}', {3}, '{4}')"


def insert_postings(conn: Connection, *lines: str) -> None:
    conn.exec_driver_sql("INSERT INTO ledger_posting VALUES " + ", ".join(lines))  # noqa: S608 - our own constants


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_posting SET amount_micros = 1",
        "UPDATE ledger_posting SET amount_micros = 1 WHERE false",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting",
        "TRUNCATE ledger_transaction CASCADE",
        "UPDATE ledger_transaction SET memo = 'x'",
        "DELETE FROM ledger_transaction",
        "UPDATE training_license SET granted = true",
        "DELETE FROM training_license",
        "INSERT INTO ledger_transaction TABLE ledger_transaction ON CONFLICT (id) DO UPDATE SET memo = 'x'",
        "MERGE INTO ledger_posting USING ledger_posting AS old ON false WHEN MATCHED THEN DELETE",
    ],
)
def test_nothing_is_changed_or_removed(conn: Connection, statement: str) -> None:
    post(conn, sale())
    conn.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DBAPIError, match="is append-only"):
        conn.exec_driver_sql(statement)


def test_an_unbalanced_transaction_is_refused_at_once(conn: Connection) -> None:
    conn.exec_driver_sql(HEAD.format("t"))
    with pytest.raises(IntegrityError, match="sum to 1 micro-units of USD instead of zero"):
        insert_postings(
            conn, LINE.format("t", 1, "cash:bank", 3, "USD"), LINE.format("t", 2, "fund:x", -2, "USD")
        )


def test_each_currency_is_judged_by_itself(conn: Connection) -> None:
    conn.exec_driver_sql(HEAD.format("t"))
    with pytest.raises(IntegrityError, match="instead of zero"):
        insert_postings(
            conn, LINE.format("t", 1, "cash:bank", 3, "USD"), LINE.format("t", 2, "fund:x", -3, "EUR")
        )


def test_a_transaction_without_postings_is_refused_at_the_commit(engine: Engine) -> None:
    with pytest.raises(IntegrityError, match="has 0 posting"), transaction(engine) as conn:
        conn.exec_driver_sql(HEAD.format("t"))
    with transaction(engine) as conn:
        assert store.digests(conn, ["t"]) == {}


@pytest.mark.parametrize("position", [1, 2, 3, 4, 5])
def test_nothing_is_added_to_an_old_transaction(engine: Engine, position: int) -> None:
    """Not even two postings that balance each other."""
    with transaction(engine) as conn:
        old = post(conn, sale()).id
    lines = [
        LINE.format(old, position, "cash:bank", 3, "USD"),
        LINE.format(old, position + 1, "fund:x", -3, "USD"),
    ]
    with (
        pytest.raises(IntegrityError, match=r"duplicate key|are not all of them"),
        transaction(engine) as conn,
    ):
        insert_postings(conn, *lines)


def test_nothing_is_added_in_the_same_transaction_either(conn: Connection) -> None:
    """Also not after the deferred trigger was made to run early."""
    new = post(conn, sale()).id
    conn.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="are not all of them"):
        insert_postings(
            conn, LINE.format(new, 4, "cash:bank", 3, "USD"), LINE.format(new, 5, "fund:x", -3, "USD")
        )


@pytest.mark.parametrize(
    "line",
    [
        LINE.format("t", 1, "cash:bank", 0, "USD"),
        LINE.format("t", 1, "cash", 1, "USD"),
        LINE.format("t", 1, "cash:bank", 1, "usd"),
        LINE.format("nowhere", 1, "cash:bank", 1, "USD"),
    ],
)
def test_malformed_postings_are_refused(conn: Connection, line: str) -> None:
    conn.exec_driver_sql(HEAD.format("t"))
    with pytest.raises(IntegrityError):
        insert_postings(conn, line, line.replace(", 1, ", ", 2, ", 1))
