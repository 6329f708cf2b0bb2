"""All SQL on the books: one statement for any number of transactions, one for all their postings, and the
balances; ``chain`` reads the journal as a whole.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, func, select, text

from fairstock.kit.errors import NotFound
from fairstock.kit.money import Money
from fairstock.ledger.model import Entry, Posting, Transaction, TransactionKind
from fairstock.ledger.store.chain import (
    Link,
    Sealed,
    Standing,
    add_links,
    chain,
    chain_head,
    journal,
    standing,
    unsealed,
)
from fairstock.ledger.tables import ledger_posting, ledger_transaction

__all__ = [
    "Link",
    "Sealed",
    "Standing",
    "TransactionNotFound",
    "add_links",
    "balance",
    "balances",
    "chain",
    "chain_head",
    "contents",
    "digests",
    "get",
    "history",
    "insert_postings",
    "insert_transactions",
    "journal",
    "postings",
    "settled",
    "standing",
    "unsealed",
]

FETCH = 5_000
"""Rows that are held at a time while the whole journal is read."""


class TransactionNotFound(NotFound):
    """No transaction was booked under this key."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"Nothing is booked under the key {key!r}.", remedy="check the key")


_INSERT_TRANSACTIONS = text("""
    INSERT INTO ledger_transaction (id, key, kind, effective_at, memo, reverses, details, digest)
    SELECT id, key, kind, effective_at, memo, reverses, details::jsonb, digest
    FROM unnest(
        CAST(:ids AS text[]), CAST(:keys AS text[]), CAST(:kinds AS text[]), CAST(:moments AS timestamptz[]),
        CAST(:memos AS text[]), CAST(:reverses AS text[]), CAST(:details AS text[]), CAST(:digests AS text[])
    ) AS row (id, key, kind, effective_at, memo, reverses, details, digest)
    ON CONFLICT DO NOTHING
    RETURNING id
""")

_INSERT_POSTINGS = text("""
    INSERT INTO ledger_posting (transaction_id, position, account, amount_micros, currency)
    SELECT * FROM unnest(
        CAST(:ids AS text[]), CAST(:positions AS int[]), CAST(:accounts AS text[]),
        CAST(:amounts AS bigint[]), CAST(:currencies AS text[])
    )
""")


def insert_transactions(conn: Connection, rows: Sequence[tuple[str, str, Transaction]]) -> frozenset[str]:
    """Write (id, digest, transaction) rows without their postings; returns the ids that were not there
    before.

    Waits for another session that is writing the same key. Callers pass the rows in the order of their keys,
    so that two batches cannot deadlock.
    """
    values = {
        "ids": [identity for identity, _, _ in rows],
        "keys": [each.key for _, _, each in rows],
        "kinds": [each.kind.value for _, _, each in rows],
        "moments": [each.effective_at for _, _, each in rows],
        "memos": [each.memo for _, _, each in rows],
        "reverses": [each.reverses for _, _, each in rows],
        "details": [json.dumps(dict(each.details), ensure_ascii=False) for _, _, each in rows],
        "digests": [digest for _, digest, _ in rows],
    }
    return frozenset(conn.scalars(_INSERT_TRANSACTIONS, values))


def insert_postings(conn: Connection, by_transaction: Sequence[tuple[str, Sequence[Posting]]]) -> None:
    """Write the postings of new transactions, given as (transaction id, postings), in one statement."""
    flat = [
        (identity, n, each) for identity, lines in by_transaction for n, each in enumerate(lines, start=1)
    ]
    values = {
        "ids": [identity for identity, _, _ in flat],
        "positions": [position for _, position, _ in flat],
        "accounts": [each.account for _, _, each in flat],
        "amounts": [each.amount.micros for _, _, each in flat],
        "currencies": [each.amount.currency for _, _, each in flat],
    }
    conn.execute(_INSERT_POSTINGS, values)


def digests(conn: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Transaction id → content digest, for those that are booked."""
    table = ledger_transaction.c
    rows = conn.execute(select(table.id, table.digest).where(table.id.in_(list(ids))))
    return {row.id: row.digest for row in rows}


def postings(conn: Connection, keys: Iterable[str]) -> dict[str, tuple[Posting, ...]]:
    """Key → postings in their order, for those transactions that are booked."""
    head, line = ledger_transaction.c, ledger_posting.c
    query = (
        select(head.key, line.account, line.amount_micros, line.currency)
        .join_from(ledger_posting, ledger_transaction)
        .where(head.key.in_(list(keys)))
        .order_by(head.key, line.position)
    )
    found: dict[str, list[Posting]] = defaultdict(list)
    for key, account, micros, currency in conn.execute(query):
        found[key].append(Posting(account, Money(micros, currency)))
    return {key: tuple(lines) for key, lines in found.items()}


def get(conn: Connection, key: str) -> Transaction:
    """The transaction booked under the key; raises ``TransactionNotFound``."""
    row = (
        conn.execute(select(ledger_transaction).where(ledger_transaction.c.key == key))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise TransactionNotFound(key)
    return Transaction(
        key=key,
        kind=TransactionKind(row["kind"]),
        effective_at=row["effective_at"],
        postings=postings(conn, [key])[key],
        memo=row["memo"],
        reverses=row["reverses"],
        details=row["details"],
    )


def balance(conn: Connection, account: str, currency: str) -> Money:
    """Sum of all postings on the account; zero where there is none."""
    line = ledger_posting.c
    total = select(func.sum(line.amount_micros)).where(line.account == account, line.currency == currency)
    return Money(int(conn.scalar(total) or 0), currency)


def balances(conn: Connection, prefix: str, currency: str = "USD") -> dict[str, Money]:
    """Account → balance of every account whose name begins with ``prefix`` and was ever used, by name."""
    line = ledger_posting.c
    query = (
        select(line.account, func.sum(line.amount_micros))
        .where(func.starts_with(line.account, prefix), line.currency == currency)
        .group_by(line.account)
        .order_by(line.account)
    )
    return {account: Money(int(micros), currency) for account, micros in conn.execute(query)}


def history(conn: Connection, account: str, currency: str = "USD") -> list[Entry]:
    """What happened on the account, in the order of booking, with the balance after each entry."""
    head, line = ledger_transaction.c, ledger_posting.c
    query = (
        select(head.key, head.kind, head.effective_at, head.memo, head.details, line.amount_micros)
        .join_from(ledger_posting, ledger_transaction)
        .where(line.account == account, line.currency == currency)
        .order_by(head.recorded_at, head.effective_at, head.id, line.position)
    )
    entries, running = [], Money.zero(currency)
    for key, kind, effective_at, memo, details, micros in conn.execute(query):
        amount = Money(micros, currency)
        running = running + amount
        entries.append(Entry(key, TransactionKind(kind), effective_at, memo, amount, running, details))
    return entries


def contents(conn: Connection) -> Iterator[str]:
    """``key|digest`` of every transaction, streamed in the order of the keys' bytes: the same for the same
    books, in whatever order they were written.
    """
    query = text("SELECT key || '|' || digest FROM ledger_transaction ORDER BY key COLLATE \"C\"")
    yield from conn.execute(query, execution_options={"yield_per": FETCH}).scalars()


def kinds(conn: Connection) -> dict[str, int]:
    """How many transactions there are of each kind, by name."""
    query = text(
        'SELECT kind, count(*) AS number FROM ledger_transaction GROUP BY kind ORDER BY kind COLLATE "C"'
    )
    return {row.kind: row.number for row in conn.execute(query)}


def settled(conn: Connection) -> dict[str, dict[str, int]]:
    """Contributor → currency → micro-units that the bank confirmed to have paid out."""
    query = text("""
        SELECT split_part(p.account, ':', 2) AS contributor, p.currency,
               sum(p.amount_micros)::bigint AS micros
        FROM ledger_posting AS p JOIN ledger_transaction AS t ON t.id = p.transaction_id
        WHERE t.kind = 'settlement' AND p.account LIKE 'in\\_transit:%'
        GROUP BY contributor, p.currency ORDER BY contributor, p.currency
    """)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for contributor, currency, micros in conn.execute(query):
        found[contributor][currency] = micros
    return dict(found)
