"""Keys, limits over processes, and calls that come more than once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from factories.core import NOON, add_buyer, add_contributor, usd
from sqlalchemy import Connection, Engine, text

from fairstock.access import keys, store
from fairstock.access.admit import IdempotencyKeyReused, admit, count_request
from fairstock.access.model import Admission, ApiKey, Ask, CallState
from fairstock.access.rules import BudgetSpent, RateLimited, UnknownKey
from fairstock.db.transaction import transaction
from fairstock.kit.clock import FixedClock
from fairstock.kit.money import Money
from fairstock.party import store as parties
from fairstock.party.store import PartyNotFound

NOW = FixedClock(NOON)
LATER = FixedClock(NOON + timedelta(minutes=20))
ASK = Ask("generations", "a" * 64, 2, None, 0)
PATIENCE = timedelta(minutes=5)


def new_key(conn: Connection, budget: Money | None = None, **limits: int) -> ApiKey:
    add_buyer(conn)
    return keys.create(conn, "studio", NOW, budget=budget, **limits).key


def let_in(conn: Connection, key: ApiKey, ask: Ask = ASK, clock: FixedClock = NOW) -> Admission:
    return admit(conn, key, ask, usd(18_000) * ask.images, clock, patience=PATIENCE)


def test_a_secret_opens_its_key_and_is_not_kept(conn: Connection) -> None:
    add_buyer(conn)
    issued = keys.create(conn, "studio", NOW, label=" shop ", budget=usd(5_000_000))
    found = keys.holder(conn, issued.secret)
    assert found == issued.key
    assert (found.label, found.hint, found.budget) == ("shop", issued.secret[-4:], usd(5_000_000))
    row = str(conn.execute(text("SELECT * FROM api_key")).mappings().one())
    assert issued.secret not in row
    assert store.keys(conn, issued.key.buyer_id) == [issued.key]


def test_a_revoked_key_opens_nothing(conn: Connection) -> None:
    add_buyer(conn)
    issued = keys.create(conn, "studio", NOW)
    assert keys.revoke(conn, issued.key.id, NOW).revoked_at == NOON
    assert keys.revoke(conn, issued.key.id, LATER).revoked_at == NOON
    with pytest.raises(UnknownKey, match="revoked"):
        keys.holder(conn, issued.secret)
    with pytest.raises(UnknownKey, match="does not exist"):
        keys.holder(conn, "fsk-nobody")
    with pytest.raises(store.KeyNotFound):
        keys.revoke(conn, "key_nobody", NOW)


def test_only_buyers_whose_country_is_known_have_keys(conn: Connection) -> None:
    add_contributor(conn)
    parties.add_party(conn, handle="nowhere", name="Nowhere", kind="buyer", roles=["buyer"])
    for handle in ("ann", "nowhere"):
        with pytest.raises(keys.NotABuyer):
            keys.create(conn, handle, NOW)
    with pytest.raises(PartyNotFound):
        keys.create(conn, "nobody", NOW)


def test_requests_are_counted_until_the_limit(conn: Connection) -> None:
    key = new_key(conn, requests_per_minute=3)
    assert [count_request(conn, key, NOW).remaining for _ in range(3)] == [2, 1, 0]
    with pytest.raises(RateLimited) as error:
        count_request(conn, key, NOW)
    assert error.value.wait == timedelta(seconds=20)
    count_request(conn, key, FixedClock(NOON + error.value.wait))


def test_pictures_are_counted_once_a_call(conn: Connection) -> None:
    key = new_key(conn, images_per_minute=10)
    named = replace(ASK, images=6, idempotency_key="one")
    assert let_in(conn, key, named).images.remaining == 4
    assert let_in(conn, key, named).images.remaining == 4
    with pytest.raises(RateLimited, match="10 pictures a minute"):
        let_in(conn, key, replace(ASK, images=5))


def test_the_same_idempotency_key_is_the_same_call(conn: Connection) -> None:
    key = new_key(conn)
    named = replace(ASK, idempotency_key="one")
    first, second = let_in(conn, key, named), let_in(conn, key, named, LATER)
    assert (first.repeated, second.repeated) == (False, True)
    assert second.call.id == first.call.id
    assert second.call.attempt == 2
    with pytest.raises(IdempotencyKeyReused):
        let_in(conn, key, replace(named, body_sha256="b" * 64))
    assert let_in(conn, keys.create(conn, "studio", NOW).key, named).call.id != first.call.id


def test_a_retry_finds_its_call_and_two_orders_stay_two(conn: Connection) -> None:
    key = new_key(conn)
    first, second = let_in(conn, key).call.id, let_in(conn, key).call.id
    retry = replace(ASK, retry_count=1)
    assert {let_in(conn, key, retry).call.id, let_in(conn, key, retry).call.id} == {first, second}
    assert let_in(conn, key, replace(ASK, retry_count=2)).call.id in (first, second)
    assert not let_in(conn, key, replace(retry, body_sha256="b" * 64)).repeated
    assert not let_in(conn, key, replace(ASK, retry_count=3), LATER).repeated  # too late


def test_a_budget_counts_what_is_charged_and_what_is_held(conn: Connection) -> None:
    key = new_key(conn, budget=usd(100_000))
    first = let_in(conn, key).call
    store.charge(conn, first.id, usd(30_000), NOON)
    second = let_in(conn, key).call  # 30,000 charged, 36,000 held
    with pytest.raises(BudgetSpent) as error:
        let_in(conn, key)
    assert error.value.left == usd(34_000)
    assert store.fail(conn, second, NOON)
    assert not let_in(conn, key).repeated
    abandoned = FixedClock(NOON + PATIENCE + timedelta(seconds=1))
    let_in(conn, key, clock=abandoned)  # what nobody waits for any more is not held
    december = FixedClock(NOON + timedelta(days=30))
    let_in(conn, key, replace(ASK, images=5), december)


def test_only_the_latest_try_may_give_up(conn: Connection) -> None:
    key = new_key(conn)
    named = replace(ASK, idempotency_key="one")
    first = let_in(conn, key, named).call
    second = let_in(conn, key, named).call
    assert not store.fail(conn, first, NOON)
    assert store.fail(conn, second, NOON)
    again = let_in(conn, key, named)
    assert (again.repeated, again.call.state, again.call.attempt) == (True, CallState.open, 3)
    store.charge(conn, again.call.id, usd(30_000), NOON)
    store.charge(conn, again.call.id, usd(99_000), NOON)  # changes nothing
    assert not store.fail(conn, again.call, NOON)
    assert conn.scalar(text("SELECT charged_micros FROM api_call")) == 30_000


def test_copies_that_come_at_once_are_one_call(engine: Engine) -> None:
    with transaction(engine) as conn:
        key = new_key(conn, budget=usd(40_000))
    named = replace(ASK, idempotency_key="one")

    def one(_: int) -> str:
        with transaction(engine) as conn:
            return let_in(conn, key, named).call.id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(one, range(16)))) == 1
