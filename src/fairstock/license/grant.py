"""Quote and grant a license. ``fund.sell`` wraps this with the bookings: call that one to sell."""

from __future__ import annotations

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetKind
from fairstock.db.locks import advisory
from fairstock.kit.clock import Clock
from fairstock.kit.countries import checked_country
from fairstock.kit.errors import BadInput
from fairstock.kit.ids import derived_id
from fairstock.kit.months import month_of
from fairstock.license import store
from fairstock.license.book import price_book_in_force
from fairstock.license.model import PriceBook, Quote, Sale
from fairstock.license.rules import quote, quote_agreed
from fairstock.party import store as parties


class NotForLicense(BadInput):
    """The asset cannot be sold by this price book."""

    def __init__(self, asset_id: str, reason: str, remedy: str) -> None:
        self.asset_id, self.reason = asset_id, reason
        super().__init__(f"The picture {asset_id} cannot be licensed: {reason}.", remedy=remedy)


class SaleKeyReused(BadInput):
    """A key that made one sale came again with another order."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"The key {key!r} belongs to another sale.",
            remedy="use a new key for each order, and the same one only to retry",
        )


class NoTerritory(BadInput):
    """Nobody said in which country the buyer is."""

    def __init__(self, buyer_id: str) -> None:
        self.buyer_id = buyer_id
        super().__init__(
            f"No country is known for the buyer {buyer_id}.",
            remedy="give a territory of two letters, such as DE",
        )


def quote_for(
    conn: Connection,
    *,
    buyer_id: str,
    size: int,
    clock: Clock,
    currency: str | None = None,
    book: PriceBook | None = None,
) -> Quote:
    """What one picture of ``size`` pixels costs this buyer now, without selling it.

    An agreement of the buyer in ``currency`` goes before the price book; where no currency is named, the
    newest agreement decides it, or else the price book. Raises ``UnknownSize``, ``UnknownCurrency``.
    """
    now = clock.now()
    before = store.licensed_in_month(conn, buyer_id, month_of(now))
    agreement = store.agreement_in_force(conn, buyer_id, now, currency)
    listed = book or price_book_in_force()
    if agreement is None:
        return quote(listed, size, before, currency)
    return quote_agreed(listed, agreement, size, before)


def grant(
    conn: Connection,
    *,
    key: str,
    asset_id: str,
    buyer_id: str,
    size: int,
    territory: str | None,
    clock: Clock,
    currency: str | None = None,
    book: PriceBook | None = None,
) -> Sale:
    """Write one license at the price in force; the same key again returns the first sale unchanged.

    ``territory`` is the buyer's country where the order names none, and ``currency`` as in ``quote_for``.
    Raises ``NotForLicense``, ``UnknownSize``, ``UnknownCurrency``, ``NoTerritory``, ``NotACountry``,
    ``SaleKeyReused``, ``PriceBookChanged`` and what asset and party raise for unknown ids.
    """
    advisory(conn, f"license:{buyer_id}")  # two orders at once must not count the same quantity
    earlier = store.find_by_key(conn, key)
    if earlier is not None:
        wanted = (
            asset_id,
            buyer_id,
            size,
            territory or earlier.territory,
            currency or earlier.price.currency,
        )
        return _same_order(earlier, wanted)
    asset = assets.get(conn, asset_id)
    _check_sellable(asset, buyer_id, size)
    priced = quote_for(conn, buyer_id=buyer_id, size=size, clock=clock, currency=currency, book=book)
    store.record_price_book(conn, book or price_book_in_force(), clock.now())
    sale = Sale(
        id=derived_id("sal", key),
        key=key,
        asset_id=asset_id,
        buyer_id=buyer_id,
        size=size,
        territory=_territory(conn, buyer_id, territory),
        quantity_before=priced.quantity_before,
        tier=priced.tier,
        price=priced.price,
        price_book_version=priced.price_book_version,
        sold_at=clock.now(),
        agreement_id=priced.agreement_id,
    )
    store.add(conn, sale)
    return sale


def _same_order(earlier: Sale, wanted: tuple[str, str, int, str, str]) -> Sale:
    asset_id, buyer_id, size, territory, currency = wanted
    was = (earlier.asset_id, earlier.buyer_id, earlier.size, earlier.territory, earlier.price.currency)
    if (asset_id, buyer_id, size, territory.upper(), currency) != was:
        raise SaleKeyReused(earlier.key)
    return earlier


def _check_sellable(asset: Asset, buyer_id: str, size: int) -> None:
    """Contributors' own works have their own terms; this book prices generated pictures only."""
    if asset.kind is not AssetKind.generated:
        raise NotForLicense(asset.id, "it is a contributor's own work", "license a generated picture")
    if not asset.offered_to(buyer_id):
        raise NotForLicense(asset.id, f"it is {asset.state.value}", "license one that is live")
    if size > max(asset.width, asset.height):
        reason = f"it has {asset.width}×{asset.height} pixels, fewer than {size}"
        raise NotForLicense(asset.id, reason, "license a smaller size, or generate a larger picture")


def _territory(conn: Connection, buyer_id: str, given: str | None) -> str:
    country = given or parties.get(conn, buyer_id).country
    if country is None:
        raise NoTerritory(buyer_id)
    return checked_country(country)
