"""The journal's hash chain: what was sealed cannot be changed unseen, not even by a superuser."""

from __future__ import annotations

import hashlib
import threading
from datetime import timedelta

import pytest
from factories.core import sale
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from fairstock.db.transaction import transaction
from fairstock.ledger import chain, store
from fairstock.ledger.post import post, post_many


@pytest.fixture
def sealed(conn: Connection) -> Connection:
    post_many(conn, [sale(key=f"sale:{n}") for n in range(7)])
    assert chain.seal(conn).links == 7
    return conn


def as_superuser(conn: Connection, statement: str, identity: str = "") -> None:
    """Change rows with the triggers switched off."""
    conn.execute(text("SET LOCAL session_replication_role = replica"))
    query = text(statement)
    assert conn.execute(query, {"id": identity} if ":id" in statement else {}).rowcount > 0
    conn.execute(text("SET LOCAL session_replication_role = origin"))


def test_a_chain_holds_and_grows(sealed: Connection) -> None:
    assert chain.first_broken(sealed) is None
    assert chain.as_rule(sealed) == []
    before = chain.seal(sealed)
    post(sealed, sale(key="sale:late"))
    after = chain.seal(sealed)
    assert (before.links, after.links) == (7, 8)
    assert chain.first_broken(sealed) is None
    assert chain.seal(sealed) == after


def test_the_chain_can_be_recomputed_from_its_description(sealed: Connection) -> None:
    digest = bytes(32)
    for link, transaction_ in store.chain(sealed):
        assert transaction_ is not None
        digest = hashlib.sha256(digest + chain.content(transaction_)).digest()
        assert link.digest == digest
    assert chain.seal(sealed).digest == digest


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_posting SET amount_micros = amount_micros * 2 WHERE transaction_id = :id",
        "UPDATE ledger_posting SET account = account || 'x' WHERE transaction_id = :id AND position = 1",
        "DELETE FROM ledger_posting WHERE transaction_id = :id AND position = 1",
        "INSERT INTO ledger_posting VALUES (:id, 9, 'cash:bank', 5, 'USD'), (:id, 8, 'cash:bank', -5, 'USD')",
        "UPDATE ledger_transaction SET memo = memo || '.' WHERE id = :id",
        "UPDATE ledger_transaction SET effective_at = effective_at + interval '1 microsecond' WHERE id = :id",
        "UPDATE ledger_transaction SET details = details || '{\"a\": 1}' WHERE id = :id",
        "UPDATE ledger_chain SET digest = sha256('x') WHERE transaction_id = :id",
    ],
)
def test_any_change_is_named(sealed: Connection, statement: str) -> None:
    third = [link for link, _ in store.chain(sealed)][2]
    as_superuser(sealed, statement, third.transaction_id)
    broken = chain.first_broken(sealed)
    assert broken is not None
    assert (broken.position, broken.transaction_id) == (3, third.transaction_id)
    assert "was changed after it was sealed" in broken.problem
    [rule] = chain.as_rule(sealed)
    assert rule.rows[0]["key"] == broken.key


def test_removed_links_and_transactions_are_named(sealed: Connection) -> None:
    as_superuser(sealed, "DELETE FROM ledger_chain WHERE position = 5")
    broken = chain.first_broken(sealed)
    assert broken is not None
    assert (broken.position, broken.problem) == (6, "link 5 was removed")
    second = [link for link, _ in store.chain(sealed)][1]
    as_superuser(sealed, "DELETE FROM ledger_transaction WHERE id = :id", second.transaction_id)
    broken = chain.first_broken(sealed)
    assert broken is not None
    assert (broken.position, broken.problem) == (2, "its transaction was removed")


def test_the_database_keeps_the_chain(sealed: Connection) -> None:
    with pytest.raises(DBAPIError, match="is append-only"):
        sealed.execute(text("UPDATE ledger_chain SET digest = sha256('x')"))


def test_many_may_seal_while_others_book(engine: Engine) -> None:
    """Sealing waits for sealing and never for posting; every transaction gets one link."""

    def book(name: int) -> None:
        for n in range(10):
            with transaction(engine) as conn:
                post(conn, sale(key=f"sale:{name}-{n}"))

    def close() -> None:
        for _ in range(10):
            with transaction(engine) as conn:
                chain.seal(conn)

    threads = [threading.Thread(target=book, args=(name,)) for name in range(3)]
    threads += [threading.Thread(target=close) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with transaction(engine) as conn:
        assert chain.seal(conn).links == 30
        assert chain.first_broken(conn) is None
        assert sorted(link.position for link, _ in store.chain(conn)) == list(range(1, 31))


def test_times_of_any_zone_give_the_same_link(sealed: Connection) -> None:
    """Sessions may read timestamps in another zone; the content says UTC."""
    before = [link.digest for link, _ in store.chain(sealed)]
    sealed.execute(text("SET LOCAL timezone = 'Asia/Kolkata'"))
    assert [link.digest for link, _ in store.chain(sealed)] == before
    assert chain.first_broken(sealed) is None
    assert timedelta(0) != next(t for _, t in store.chain(sealed) if t).effective_at.utcoffset()
