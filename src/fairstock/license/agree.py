"""Agree prices with one buyer, for a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product

from sqlalchemy import Connection

from fairstock.db.locks import advisory
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput
from fairstock.kit.ids import derived_id
from fairstock.license import store
from fairstock.license.book import price_book_in_force
from fairstock.license.model import AgreedTier, Agreement
from fairstock.license.rules import BadAgreement, check_agreed, quote_agreed
from fairstock.party import store as parties


class AgreementKeyReused(BadInput):
    """A key that made one agreement came again with another."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"The key {key!r} belongs to another agreement.", remedy="use a new key for each agreement"
        )


def agree(
    conn: Connection,
    *,
    key: str,
    buyer_id: str,
    currency: str,
    tiers: Sequence[AgreedTier],
    valid_from: datetime,
    clock: Clock,
    valid_until: datetime | None = None,
) -> Agreement:
    """Record an agreement as the buyer's next version in this currency; the same key again returns the first.

    From ``valid_from`` until before ``valid_until`` it prices the buyer's orders instead of the price book.
    Raises ``BadAgreement``, ``UnknownCurrency``, ``AgreementKeyReused`` and ``PartyNotFound``.
    """
    check_agreed(currency, tiers)
    if valid_until is not None and valid_until <= valid_from:
        raise BadAgreement("it ends before it begins")
    parties.get(conn, buyer_id)
    advisory(conn, f"agreement:{buyer_id}")
    new = Agreement(
        id=derived_id("agr", key),
        key=key,
        buyer_id=buyer_id,
        version=store.latest_version(conn, buyer_id, currency) + 1,
        currency=currency,
        tiers=tuple(tiers),
        valid_from=valid_from,
        valid_until=valid_until,
        agreed_at=clock.now(),
    )
    earlier = store.find_agreement(conn, key)
    if earlier is not None:
        if replace(new, version=earlier.version, agreed_at=earlier.agreed_at) != earlier:
            raise AgreementKeyReused(key)
        return earlier
    _check_against_list(new)
    store.add_agreement(conn, new)
    return new


def _check_against_list(new: Agreement) -> None:
    """Whether every size has a price above nothing at every quantity; sizes that it leaves to the price book
    must have one there.
    """
    book = price_book_in_force()
    starts = {tier.from_quantity for tier in book.tiers} | {tier.from_quantity for tier in new.tiers}
    for size, start in product(book.tiers[0].prices, starts):
        if not quote_agreed(book, new, size, start).price:
            raise BadAgreement(f"it gives pictures of {size} pixels away from quantity {start}")
