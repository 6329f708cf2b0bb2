"""Book transactions, each once, however often it is handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from fairstock.kit.ids import derived_id
from fairstock.ledger import store
from fairstock.ledger.model import Posting, PostResult, Transaction, TransactionKind
from fairstock.ledger.rules import (
    AlreadyReversed,
    KeyReused,
    NotAMirror,
    content_digest,
    is_mirror,
    mirrored,
    tidy,
)

BATCH = 5_000
"""Transactions in one statement."""


def post(conn: Connection, transaction: Transaction) -> PostResult:
    """Book one transaction. The same key with the same content again is a no-op (``created`` is false).

    Raises ``KeyReused`` for the same key with another content, ``BadTransaction`` (``Unbalanced``,
    ``TooFewPostings``, ``BadAccount``, ``NotAMirror``, ``AlreadyReversed``) where it cannot be booked. Two
    sessions with the same key: the second waits.
    """
    return post_many(conn, [transaction])[0]


def post_many(conn: Connection, transactions: Iterable[Transaction]) -> list[PostResult]:
    """Book many with two statements for each ``BATCH``; results in the order given. Raises as ``post``, then
    books none once the caller's transaction is rolled back.
    """
    given = list(transactions)
    prepared = _prepared(given)
    created: set[str] = set()
    _check_mirrors(conn, prepared)
    keys = sorted(prepared)
    for start in range(0, len(keys), BATCH):
        created |= _write(conn, [prepared[key] for key in keys[start : start + BATCH]])
    results = []
    for each in given:
        identity = prepared[each.key][0]
        results.append(PostResult(identity, identity in created))
        created.discard(identity)  # a second one of the same key in this list was there before
    return results


def reverse(
    conn: Connection,
    original_key: str,
    *,
    effective_at: datetime,
    memo: str,
    kind: TransactionKind = TransactionKind.reversal,
    key: str | None = None,
) -> PostResult:
    """Undo a booked transaction in full by one with all signs turned, of the kind that says why (refund,
    return_, …).

    A transaction can be undone once; its key is ``<kind>:<original key>`` unless given. Raises
    ``TransactionNotFound``.
    """
    original = store.get(conn, original_key)
    undone = Transaction(
        key=key or f"{kind.value}:{original_key}",
        kind=kind,
        effective_at=effective_at,
        postings=mirrored(original.postings),
        memo=memo,
        reverses=original_key,
    )
    return post(conn, undone)


_Prepared = tuple[str, str, Transaction, tuple[Posting, ...]]
"""Id, content digest, the transaction, and its postings without those of zero."""


def _prepared(transactions: Sequence[Transaction]) -> dict[str, _Prepared]:
    """Key → what is to be written; raises where one cannot be booked or two of the same key contradict each
    other.
    """
    prepared: dict[str, _Prepared] = {}
    for each in transactions:
        lines = tidy(each)
        digest = content_digest(each, lines)
        known = prepared.setdefault(each.key, (derived_id("txn", each.key), digest, each, lines))
        if known[1] != digest:
            raise KeyReused(each.key)
    return prepared


def _check_mirrors(conn: Connection, prepared: Mapping[str, _Prepared]) -> None:
    """Whether those that reverse another transaction mirror it exactly."""
    reversing = [(each, lines) for _, _, each, lines in prepared.values() if each.reverses is not None]
    if not reversing:
        return
    originals = {key: lines for key, (_, _, _, lines) in prepared.items()}
    originals |= store.postings(conn, [str(each.reverses) for each, _ in reversing])
    for each, lines in reversing:
        original = str(each.reverses)
        if original not in originals:
            raise store.TransactionNotFound(original)
        if not is_mirror(lines, originals[original]):
            raise NotAMirror(each.key, original)


def _write(conn: Connection, batch: Sequence[_Prepared]) -> frozenset[str]:
    """Insert those that are new, with their postings, and compare the others; returns the ids of the new
    ones.
    """
    created = store.insert_transactions(
        conn, [(identity, digest, each) for identity, digest, each, _ in batch]
    )
    store.insert_postings(conn, [(identity, lines) for identity, _, _, lines in batch if identity in created])
    known = store.digests(conn, [identity for identity, _, _, _ in batch if identity not in created])
    for identity, digest, each, _ in batch:
        if identity in created:
            continue
        if identity not in known:  # refused by the other unique column
            raise AlreadyReversed(each.key, str(each.reverses))
        if known[identity] != digest:
            raise KeyReused(each.key)
    return created
