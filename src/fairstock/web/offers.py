"""Search first, create on a miss: what the stock has for some words, and what making it anew would cost."""

from dataclasses import dataclass

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetState
from fairstock.bootstrap import App
from fairstock.fund.policy import policy_in_force
from fairstock.fund.rules import fund_part
from fairstock.kit.money import Money
from fairstock.search.find import find
from fairstock.search.model import Match
from fairstock.web import access
from fairstock.web.auth import Person

SHOWN = 6
"""Works of the stock shown before the offer to make a new one."""

_HITS = (Match.WORDS, Match.PREFIX, Match.CORRECTED)
"""Results in which every word counts; others are hints, no reason to ask the buyer once more."""


@dataclass(frozen=True, slots=True)
class PricedSize:
    """What a new picture of one size costs, and where the money goes."""

    size: int
    price: Money
    fund: Money
    """The part for the contributors whose works trained the model."""
    house: Money


@dataclass(frozen=True, slots=True)
class Offer:
    """The answer to a buyer's words before anything is made."""

    words: str
    matches: tuple[Asset, ...]
    """Live works of the stock, best first, at most ``SHOWN``."""
    total: int
    """All works that fit."""
    hit: bool
    """Whether the stock answers the words, so that creating is worth a second thought."""
    sizes: tuple[PricedSize, ...]
    """Largest first; a license of one picture, at the tier that the person has reached."""


def offer(conn: Connection, app: App, person: Person | None, words: str) -> Offer:
    """Search the stock, and price a new picture; changes nothing and costs nothing."""
    found = find(conn, words, per_page=SHOWN)
    fits = found.match is not Match.NEWEST
    live = [one for one in assets.many(conn, found.asset_ids) if one.state is AssetState.live] if fits else []
    total, hit = (found.total, found.match in _HITS) if live else (0, False)
    return Offer(words, tuple(live), total, hit, prices(conn, app, person))


def prices(conn: Connection, app: App, person: Person | None) -> tuple[PricedSize, ...]:
    """What a license of a new picture costs the person in each size, largest first, and how it is split."""
    share = policy_in_force().sale_share_ppm
    return tuple(
        PricedSize(one.size, one.price, *fund_part(one.price, share))
        for one in access.price_list(conn, person, app.clock)
    )
