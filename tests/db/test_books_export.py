"""The books, checked by two programs of other people: beancount's bean-check, and hledger."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from factories.core import sale, usd
from factories.money import AFTER
from factories.statements import Month
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from fairstock.adapters.test_bank import TestBank
from fairstock.kit.money import Money
from fairstock.ledger.export import Format, account, export
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import post

BEAN_CHECK = shutil.which("bean-check") or shutil.which("bean-check", path=str(Path(sys.executable).parent))
HLEDGER = shutil.which("hledger")
PROGRAMS = [
    pytest.param(
        Format.beancount,
        marks=pytest.mark.skipif(
            BEAN_CHECK is None, reason="bean-check is not installed: pip install beancount"
        ),
    ),
    pytest.param(
        Format.hledger,
        marks=pytest.mark.skipif(HLEDGER is None, reason="hledger is not installed: apt-get install hledger"),
    ),
]


def complaints(form: Format, lines: list[str], folder: Path) -> str:
    """What the program says against the file; empty where it is content."""
    path = folder / f"books.{form}"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = {
        Format.beancount: [str(BEAN_CHECK), "--no-cache", str(path)],
        Format.hledger: [str(HLEDGER), "--strict", "-f", str(path), "check"],
    }[form]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    return told or f"exit code {done.returncode}" if done.returncode else ""


@pytest.fixture
def books(conn: Connection, tmp_path: Path) -> Connection:
    """Sales, a deal, a close, payouts, a second currency, and memos that no format likes."""
    Month(conn).pay(TestBank(tmp_path / "bank"))
    for n, memo in enumerate(
        ('a "quoted" \\ memo', "two\nlines; a comment | and (code)", "", "漢字 — кириллица")
    ):
        postings = (
            Posting("buyer:a.b-c_d", Money(10**15 + n, "EUR")),
            Posting("revenue:house", Money(-(10**15) - n, "EUR")),
        )
        post(conn, Transaction(f"odd;{n}", TransactionKind.sale, AFTER.at, postings, memo))
    post(conn, sale(fund=1, price=3))
    return conn


@pytest.mark.parametrize("form", PROGRAMS)
def test_honest_books_pass(form: Format, books: Connection, tmp_path: Path) -> None:
    lines = list(export(books, form))
    assert complaints(form, lines, tmp_path) == ""
    booked = books.scalar(text("SELECT count(*) FROM ledger_posting"))
    assert sum(" MICRO" in line and line.startswith("    ") and "=" not in line for line in lines) == booked


@pytest.mark.parametrize("form", PROGRAMS)
def test_an_imbalance_of_one_millionth_is_found(form: Format, books: Connection, tmp_path: Path) -> None:
    books.execute(text("SET LOCAL session_replication_role = replica"))
    books.execute(text("UPDATE ledger_posting SET amount_micros = amount_micros + 1 WHERE amount_micros = 3"))
    told = complaints(form, list(export(books, form)), tmp_path)
    assert "balance" in told
    assert "MICROUSD" in told


@pytest.mark.parametrize("form", PROGRAMS)
def test_a_balance_that_the_journal_does_not_give_is_found(
    form: Format, books: Connection, tmp_path: Path
) -> None:
    """A transaction that is left out of the export balances by itself, and still cannot be missed."""
    lines = list(export(books, form))
    start = next(n for n, line in enumerate(lines) if "sale:1" in line and "key" in line) - 1
    end = next(n for n in range(start, len(lines)) if lines[n] == "")
    told = complaints(form, lines[:start] + lines[end:], tmp_path)
    assert "alance" in told


@given(st.lists(st.from_regex(r"[a-z][a-z_]{0,8}:[A-Za-z0-9._-]{1,12}", fullmatch=True), unique=True))
def test_accounts_stay_apart(names: list[str]) -> None:
    families = {name: "".join(name.partition(":")[0].split("_")) for name in names}
    distinct = {name: (families[name], name.partition(":")[2]) for name in names}
    exported = {name: account(name) for name in names}
    for one in names:
        for two in names:
            assert (exported[one] == exported[two]) == (distinct[one] == distinct[two])


def test_no_code_of_beancount_is_imported() -> None:
    sources = Path(__file__).parents[2]
    for path in [*sources.glob("src/**/*.py"), *sources.glob("flows/*.py")]:
        assert "import beancount" not in path.read_text(encoding="utf-8"), path


def test_amounts_are_integers(books: Connection) -> None:
    assert usd(1).micros == 1
    for line in export(books, Format.hledger):
        if " MICRO" in line and line.startswith("    "):
            assert "." not in line.split("  ")[-1], line
