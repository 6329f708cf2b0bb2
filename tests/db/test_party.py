"""Parties: added once, their roles, passwords and training licenses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from factories.core import add_contributor
from sqlalchemy import Connection, text

from fairstock.party import store
from fairstock.party.model import NewParty, PartyKind, Role
from fairstock.party.passwords import PasswordTooShort
from fairstock.party.rules import BadParty

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def test_adding_is_idempotent_by_handle(conn: Connection) -> None:
    first = store.add_party(conn, handle="ann", name="Ann", kind="buyer", roles=["buyer"], country="DE")
    again = store.add_party(conn, handle="ann", name="Somebody", kind="staff", roles=["reviewer"])
    assert first == again
    ann = store.get(conn, first)
    assert (ann.name, ann.kind, ann.country, ann.email) == ("Ann", PartyKind.buyer, "DE", None)
    assert store.roles(conn, first) == {Role.buyer, Role.reviewer}
    assert ann.created_at.tzinfo is not None


def test_many_at_once(conn: Connection) -> None:
    rows = [
        NewParty(f"c-{n}", f"C {n}", PartyKind.contributor, frozenset({Role.contributor})) for n in range(50)
    ]
    ids = store.add_parties(conn, rows)
    assert store.add_parties(conn, rows) == ids
    assert store.ids_by_handle(conn, [*ids, "nobody"]) == ids
    assert [party.handle for party in store.of_kind(conn, PartyKind.contributor)] == sorted(ids)
    assert set(store.many(conn, ids.values())) == set(ids.values())
    assert store.add_parties(conn, []) == {}


def test_nobody(conn: Connection) -> None:
    assert store.find_by_handle(conn, "nobody") is None
    assert store.roles(conn, "nobody") == frozenset()
    with pytest.raises(store.PartyNotFound, match="no party 'nobody'"):
        store.get(conn, "nobody")


def test_a_malformed_party_is_refused(conn: Connection) -> None:
    with pytest.raises(BadParty):
        store.add_party(conn, handle="No Body", name="x", kind="buyer")
    with pytest.raises(ValueError, match="alien"):
        store.add_party(conn, handle="ann", name="x", kind="alien")


def test_passwords(conn: Connection) -> None:
    ann = add_contributor(conn, "ann")
    assert store.verify_password(conn, "ann", "correct horse") is None
    store.set_password(conn, ann, "correct horse")
    verified = store.verify_password(conn, "ann", "correct horse")
    assert verified is not None
    assert verified.id == ann
    assert store.verify_password(conn, "ann", "wrong horse") is None
    assert store.verify_password(conn, "nobody", "correct horse") is None
    store.set_password(conn, ann, "another horse")
    assert store.verify_password(conn, "ann", "correct horse") is None
    stored = conn.scalar(text("SELECT password_hash FROM credential"))
    assert stored.startswith("$argon2id$")
    with pytest.raises(PasswordTooShort, match="at least 8"):
        store.set_password(conn, ann, "short")


def license_of(conn: Connection, party_id: str, granted: bool, since: datetime) -> str:
    return store.record_training_license(
        conn, party_id=party_id, granted=granted, since=since, evidence=f"form {since:%m-%d} {granted}"
    )


def test_the_last_statement_on_training_counts(conn: Connection) -> None:
    ann, bob = add_contributor(conn, "ann"), add_contributor(conn, "bob")
    assert store.training_licensed(conn, [ann, bob]) == frozenset()
    assert license_of(conn, ann, True, MARCH) == license_of(conn, ann, True, MARCH)
    license_of(conn, bob, True, MARCH)
    assert store.training_licensed(conn, [ann, bob, "nobody"]) == {ann, bob}
    license_of(conn, ann, False, MARCH + timedelta(days=30))
    assert store.training_licensed(conn, [ann, bob]) == {bob}
    assert store.training_licensed(conn, [ann, bob], at=MARCH + timedelta(days=1)) == {ann, bob}
    assert store.training_licensed(conn, [ann, bob], at=MARCH - timedelta(days=1)) == frozenset()


def test_a_withdrawal_in_the_future_waits(conn: Connection) -> None:
    ann = add_contributor(conn, "ann")
    license_of(conn, ann, True, MARCH)
    license_of(conn, ann, False, datetime(2999, 1, 1, tzinfo=UTC))
    assert store.training_licensed(conn, [ann]) == {ann}
