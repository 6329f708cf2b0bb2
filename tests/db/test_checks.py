"""Each invariant holds on honest books, and is broken by the corruption that it is there for."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories.core import NOON, add_asset, add_buyer, add_contributor, sale
from sqlalchemy import Connection, text

from fairstock.db import checks
from fairstock.ledger.post import post, reverse

TOO_MUCH = "UPDATE ledger_posting SET amount_micros = amount_micros + 1 WHERE position = 1"
CORRUPTIONS = {
    "ledger_transaction_balances": TOO_MUCH,
    "ledger_totals_zero": TOO_MUCH,
    "ledger_transaction_has_postings": "DELETE FROM ledger_posting",
    "ledger_reversal_mirrors": "UPDATE ledger_posting SET account = 'cash:bank' WHERE amount_micros = -20000",
    "ledger_known_account_families": "UPDATE ledger_posting SET account = 'slush:fund' WHERE position = 2",
    "ledger_nobody_overpaid": "UPDATE ledger_posting SET account = 'payable:x' WHERE position = 1",
    "ledger_accounts_name_parties": "UPDATE ledger_posting SET account = 'buyer:nobody' WHERE position = 1",
    "ledger_guards_in_place": "ALTER TABLE ledger_posting DISABLE TRIGGER append_only",
    "asset_owner_is_contributor": "DELETE FROM party_role",
    "asset_live_is_recognisable": "DELETE FROM asset_fingerprint",
}


@pytest.fixture
def books(conn: Connection) -> Connection:
    """A contributor with a picture, two sales, one of them undone."""
    buyer = add_buyer(conn)
    add_asset(conn, add_contributor(conn))
    post(conn, sale("sale:1", buyer=buyer, fund=0))
    post(conn, sale("sale:2", buyer=buyer, price=50_000, fund=0))
    reverse(conn, "sale:1", effective_at=NOON, memo="charged twice")
    conn.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    return conn


def test_honest_books_keep_every_rule(books: Connection) -> None:
    assert checks.run_checks(books) == []


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_rule_notices_its_corruption(books: Connection, name: str) -> None:
    """As a superuser with the triggers off: the rules must not rely on the guards."""
    books.execute(text("SET LOCAL session_replication_role = replica"))
    books.execute(text(CORRUPTIONS[name]))
    broken = {rule.name: rule for rule in checks.run_checks(books)}
    assert name in broken
    assert broken[name].rows
    assert broken[name].sentence.endswith(".")


def test_evidence_is_limited(conn: Connection) -> None:
    many = checks.Check("many", "None.", "SELECT n, '100%' AS share FROM generate_series(1, 1000) AS n")
    found = checks.run_check(conn, many)
    assert found is not None
    assert len(found.rows) == checks.EVIDENCE_ROWS
    assert found.rows[0] == {"n": 1, "share": "100%"}


def test_a_check_must_say_what_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "silent.sql").write_text("SELECT 1")
    monkeypatch.setattr(checks, "sql_dir", lambda: tmp_path)
    with pytest.raises(checks.CheckWithoutSentence, match="silent"):
        checks.load_checks()
