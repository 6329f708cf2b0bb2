"""Who may see and have one work: the only place where pages decide that."""

from collections.abc import Sequence

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetKind
from fairstock.asset.store import AssetNotFound
from fairstock.generation import store as generation
from fairstock.generation.sources import NotYours
from fairstock.kit.clock import Clock
from fairstock.license import store as licenses
from fairstock.license.book import price_book_in_force
from fairstock.license.grant import quote_for
from fairstock.license.model import Quote, Sale
from fairstock.license.rules import quote
from fairstock.party.model import Role
from fairstock.web.auth import Person

_STAFF = (Role.reviewer, Role.operator, Role.finance)


def visible_work(conn: Connection, asset_id: str, person: Person | None) -> Asset:
    """The work, if it is offered to the person, or if they own it, licensed it or work here.

    Raises ``AssetNotFound`` otherwise: a work that is taken down looks the same as one that never was.
    """
    asset = assets.get(conn, asset_id)
    party_id = person.id if person is not None else None
    if asset.offered_to(party_id) or (person is not None and _entitled(conn, asset, person)):
        return asset
    raise AssetNotFound(asset_id)


def own_picture(conn: Connection, asset_id: str, person: Person) -> Asset:
    """A picture that was made for the person, who may carry it on; raises ``NotYours``, ``AssetNotFound``."""
    asset = visible_work(conn, asset_id, person)
    if not is_maker(conn, asset, person):
        raise NotYours(asset_id)
    return asset


def is_maker(conn: Connection, asset: Asset, person: Person | None) -> bool:
    """Whether the picture was made for the person."""
    if person is None or asset.kind is not AssetKind.generated:
        return False
    return generation.buyer_of(conn, asset.id) == person.id


def licenses_of(conn: Connection, asset: Asset, person: Person | None) -> Sequence[Sale]:
    """The person's licenses of the work, newest first."""
    return licenses.sales_of(conn, person.id, asset_id=asset.id) if person is not None else []


def quotes_for(conn: Connection, asset: Asset, person: Person | None, clock: Clock) -> list[Quote]:
    """What a license of the work costs now, for each size that it has, largest first.

    Empty for contributors' own works, which this house shows and does not sell. Visitors see the prices of
    a first purchase; a buyer those of the tier that this month's purchases have reached.
    """
    offered = asset.offered_to(person.id if person is not None else None)
    if asset.kind is not AssetKind.generated or not offered:
        return []
    largest = max(asset.width, asset.height)
    return [one for one in price_list(conn, person, clock) if one.size <= largest]


def price_list(conn: Connection, person: Person | None, clock: Clock) -> list[Quote]:
    """What the next license of each size costs the person, largest first."""
    book = price_book_in_force()
    sizes = sorted(book.tiers[0].prices, reverse=True)
    if person is None:
        return [quote(book, size, 0) for size in sizes]
    return [quote_for(conn, buyer_id=person.id, size=size, clock=clock) for size in sizes]


def sees_unmarked(conn: Connection, asset: Asset, person: Person | None) -> bool:
    """Whether a large preview goes without the house's mark: what is not sold, and what is paid for."""
    if asset.kind is not AssetKind.generated:
        return True
    return person is not None and (person.may(*_STAFF) or bool(licenses_of(conn, asset, person)))


def _entitled(conn: Connection, asset: Asset, person: Person) -> bool:
    owner = asset.contributor_id == person.id
    return owner or person.may(*_STAFF) or bool(licenses_of(conn, asset, person))
