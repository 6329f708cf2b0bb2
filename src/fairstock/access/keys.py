"""Use cases on keys: make one for a buyer, find whose a secret is, close one."""

from __future__ import annotations

from sqlalchemy import Connection

from fairstock.access import store
from fairstock.access.model import ApiKey, IssuedKey
from fairstock.access.rules import UnknownKey, check_limits, hash_of, hint_of, new_secret
from fairstock.kit.clock import Clock
from fairstock.kit.errors import Forbidden
from fairstock.kit.ids import new_id
from fairstock.kit.money import Money
from fairstock.party import store as parties
from fairstock.party.model import Role

REQUESTS_PER_MINUTE = 60
IMAGES_PER_MINUTE = 120


class NotABuyer(Forbidden):
    """Somebody who may not buy asks for a key."""

    def __init__(self, handle: str, reason: str, remedy: str) -> None:
        self.handle = handle
        super().__init__(f"{handle} cannot have an API key: {reason}.", remedy=remedy)


def create(
    conn: Connection,
    handle: str,
    clock: Clock,
    *,
    label: str = "",
    requests_per_minute: int = REQUESTS_PER_MINUTE,
    images_per_minute: int = IMAGES_PER_MINUTE,
    budget: Money | None = None,
) -> IssuedKey:
    """A new key of the buyer; its secret is in the answer and nowhere else.

    Raises ``PartyNotFound``, ``NotABuyer`` and ``BadLimit``.
    """
    check_limits(requests_per_minute, images_per_minute, budget)
    buyer = parties.by_handle(conn, handle)
    if Role.buyer not in parties.roles(conn, buyer.id):
        raise NotABuyer(handle, "it is no buyer", "give it the role of a buyer first")
    if buyer.country is None:
        raise NotABuyer(
            handle, "its country is not known, so nothing can be sold to it", "record its country"
        )
    secret = new_secret()
    key = ApiKey(
        id=new_id("key"),
        buyer_id=buyer.id,
        label=label.strip()[:80],
        hint=hint_of(secret),
        requests_per_minute=requests_per_minute,
        images_per_minute=images_per_minute,
        budget=budget,
        created_at=clock.now(),
        revoked_at=None,
    )
    store.add_key(conn, key, hash_of(secret))
    return IssuedKey(key, secret)


def holder(conn: Connection, secret: str) -> ApiKey:
    """The key that a secret opens; raises ``UnknownKey``."""
    key = store.find(conn, hash_of(secret))
    if key is None or key.revoked_at is not None:
        raise UnknownKey(hint_of(secret) if key else "…" + secret[-2:], revoked=key is not None)
    return key


def revoke_all(conn: Connection, buyer_id: str, clock: Clock) -> None:
    """Close every key of a buyer."""
    for key in store.keys(conn, buyer_id):
        store.revoke(conn, key.id, clock.now())


def revoke(conn: Connection, key_id: str, clock: Clock) -> ApiKey:
    """The key, which opens nothing from now on; a second time changes nothing. Raises ``KeyNotFound``."""
    store.get(conn, key_id)
    store.revoke(conn, key_id, clock.now())
    return store.get(conn, key_id)
