"""Posting to the ledger against bare inserts of the same rows over the same connection."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text

from fairstock.bootstrap import App
from fairstock.kit.money import Money
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import post_many
from fairstock.settings import Settings

SALES, BATCH, ROUNDS = 20_000, 1_000, 3


def run(home: str) -> Iterator[str]:
    """Best of three rounds each, one after the other in turn."""
    app = App(Settings(home=Path(home)))
    ours, bare = [], []
    for number in range(ROUNDS):
        with app.transaction() as conn:
            bare.append(_bare(conn))
        with app.transaction() as conn:
            ours.append(_posted(conn, number))
    yield (
        f"{SALES:,} sales of 3 postings: post_many {min(ours):.2f} s, bare inserts {min(bare):.2f} s, "
        f"ratio {min(ours) / min(bare):.2f} (goal at most 2.5)"
    )


def _sales(number: int) -> list[Transaction]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    price, fund = Money(20_000, "USD"), Money(6_000, "USD")
    return [
        Transaction(
            key=f"bench:{number}:{i}",
            kind=TransactionKind.sale,
            effective_at=at,
            memo="bench",
            postings=(
                Posting(f"buyer:b{i % 97}", price),
                Posting("revenue:house", -(price - fund)),
                Posting("fund:2026-01", -fund),
            ),
        )
        for i in range(SALES)
    ]


def _posted(conn: Connection, number: int) -> float:
    sales = _sales(number)
    began = time.perf_counter()
    for start in range(0, SALES, BATCH):
        post_many(conn, sales[start : start + BATCH])
    return time.perf_counter() - began


def _bare(conn: Connection) -> float:
    """The same rows into tables without keys' checks, triggers or digests, by the driver's own batching."""
    conn.execute(
        text("CREATE TEMP TABLE bare_t (id text PRIMARY KEY, key text UNIQUE, at timestamptz) ON COMMIT DROP")
    )
    conn.execute(
        text("CREATE TEMP TABLE bare_p (t text, n int, account text, micros bigint, cur text,"
             " PRIMARY KEY (t, n)) ON COMMIT DROP")
    )  # fmt: skip
    heads = [{"id": f"t{i}", "key": f"k{i}", "at": datetime(2026, 1, 1, tzinfo=UTC)} for i in range(SALES)]
    lines = [
        {"t": f"t{i}", "n": n, "a": account, "m": micros, "c": "USD"}
        for i in range(SALES)
        for n, (account, micros) in enumerate((("b", 20_000), ("r", -14_000), ("f", -6_000)))
    ]
    began = time.perf_counter()
    for start in range(0, SALES, BATCH):
        conn.execute(text("INSERT INTO bare_t VALUES (:id, :key, :at)"), heads[start : start + BATCH])
        conn.execute(
            text("INSERT INTO bare_p VALUES (:t, :n, :a, :m, :c)"), lines[3 * start : 3 * (start + BATCH)]
        )
    return time.perf_counter() - began
