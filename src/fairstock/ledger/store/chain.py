"""SQL on the whole journal, streamed: its hash chain, and what is exported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text

FETCH = 2_000
"""Transactions held in memory while the journal is read."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A booked transaction with everything that the chain covers."""

    id: str
    key: str
    kind: str
    effective_at: datetime
    recorded_at: datetime
    memo: str
    reverses: str | None
    details: Mapping[str, Any]
    postings: Sequence[Sequence[Any]]
    """(Position, account, micro-units, currency), by position."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain."""

    position: int
    transaction_id: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands on an account in one currency."""

    account: str
    currency: str
    micros: int


_CONTENT = """
    transaction.id, transaction.key, transaction.kind, transaction.effective_at, transaction.recorded_at,
    transaction.memo, transaction.reverses, transaction.details,
    coalesce((
        SELECT jsonb_agg(
            jsonb_build_array(posting.position, posting.account, posting.amount_micros, posting.currency)
            ORDER BY posting.position
        )
        FROM ledger_posting AS posting WHERE posting.transaction_id = transaction.id
    ), '[]'::jsonb) AS postings
"""

_UNSEALED = text(f"""
    SELECT {_CONTENT}
    FROM ledger_transaction AS transaction
    WHERE NOT EXISTS (SELECT FROM ledger_chain AS link WHERE link.transaction_id = transaction.id)
    ORDER BY transaction.recorded_at, transaction.id COLLATE "C"
""")  # noqa: S608 - only text of this file is put together

_CHAIN = text(f"""
    SELECT link.position AS link_position, link.transaction_id, link.digest, {_CONTENT}
    FROM ledger_chain AS link
    LEFT JOIN ledger_transaction AS transaction ON transaction.id = link.transaction_id
    ORDER BY link.position
""")  # noqa: S608

_JOURNAL = text(f"""
    SELECT {_CONTENT}
    FROM ledger_transaction AS transaction
    ORDER BY transaction.effective_at, transaction.recorded_at, transaction.id COLLATE "C"
""")  # noqa: S608

_STANDING = text("""
    SELECT account, currency, CAST(sum(amount_micros) AS bigint) AS micros
    FROM ledger_posting GROUP BY account, currency ORDER BY account COLLATE "C", currency
""")

_HEAD = text("SELECT position, digest FROM ledger_chain ORDER BY position DESC LIMIT 1")

_ADD_LINKS = text("""
    INSERT INTO ledger_chain (position, transaction_id, digest)
    SELECT * FROM unnest(CAST(:positions AS bigint[]), CAST(:ids AS text[]), CAST(:digests AS bytea[]))
""")


def chain_head(conn: Connection) -> tuple[int, bytes] | None:
    """Position and digest of the last link."""
    row = conn.execute(_HEAD).one_or_none()
    return (row.position, bytes(row.digest)) if row else None


def unsealed(conn: Connection) -> Iterator[Sealed]:
    """Transactions without a link, in the order of booking, as they are when the reading begins."""
    return map(_sealed, _streamed(conn, _UNSEALED))


def chain(conn: Connection) -> Iterator[tuple[Link, Sealed | None]]:
    """Every link with its transaction as it stands now, None where that is gone; in order."""
    for row in _streamed(conn, _CHAIN):
        link = Link(row.link_position, row.transaction_id, bytes(row.digest))
        yield link, _sealed(row) if row.id is not None else None


def journal(conn: Connection) -> Iterator[Sealed]:
    """Every transaction, by the time when it happened."""
    return map(_sealed, _streamed(conn, _JOURNAL))


def standing(conn: Connection) -> list[Standing]:
    """The balance of every account that was ever used, by name and currency."""
    return [Standing(*row) for row in conn.execute(_STANDING)]


def add_links(conn: Connection, links: Sequence[Link]) -> None:
    """Append links in one statement."""
    values = {
        "positions": [each.position for each in links],
        "ids": [each.transaction_id for each in links],
        "digests": [each.digest for each in links],
    }
    conn.execute(_ADD_LINKS, values)


def _streamed(conn: Connection, query: TextClause) -> Iterator[Row[Any]]:
    """The rows, a few at a time; the server's cursor is closed where the reader stops, too."""
    with conn.execute(query, execution_options={"yield_per": FETCH}) as rows:
        yield from rows


def _sealed(row: Row[Any]) -> Sealed:
    return Sealed(
        row.id,
        row.key,
        row.kind,
        row.effective_at,
        row.recorded_at,
        row.memo,
        row.reverses,
        row.details,
        row.postings,
    )
