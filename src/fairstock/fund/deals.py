"""Book a data-licensing deal: a set of works, licensed to a model maker at one price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date
from decimal import Decimal

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetKind, AssetState
from fairstock.db.locks import advisory
from fairstock.fund import store
from fairstock.fund.accrue import accrue
from fairstock.fund.model import WHOLE_PPM, Deal, DealTerms, FundPolicy, SourceKind, Work
from fairstock.fund.policy import policy_in_force
from fairstock.fund.rules import fund_part
from fairstock.kit.clock import Clock
from fairstock.kit.countries import checked_country
from fairstock.kit.errors import BadInput
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.license.grant import NoTerritory
from fairstock.party import store as parties
from fairstock.party.model import Party
from fairstock.training import store as training


class DealKeyReused(BadInput):
    """A key that booked one deal came again with another."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The key {key!r} belongs to another deal.", remedy="use a new key for each deal")


class BadDeal(BadInput):
    """A deal without works or without a price."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The deal cannot be booked: {reason}.")


class WorksNotLicensed(BadInput):
    """Works were put into a deal whose contributor has not licensed them for training, or that are
    not live.
    """

    def __init__(self, asset_ids: Sequence[str]) -> None:
        self.asset_ids = tuple(asset_ids)
        listed = ", ".join(asset_ids[:5]) + (f" and {len(asset_ids) - 5} more" if len(asset_ids) > 5 else "")
        super().__init__(
            f"These works are not licensed for training, or not live, or do not exist: {listed}.",
            remedy="take them out of the deal",
        )


def book_deal(
    conn: Connection,
    *,
    key: str,
    buyer_id: str,
    price: Money,
    asset_ids: Iterable[str],
    clock: Clock,
    fund_share_ppm: int | None = None,
    territory: str | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    policy: FundPolicy | None = None,
) -> Deal:
    """Write a deal with its works and accrue the fund's part of its price; the same key again returns the
    first deal.

    The deal may state a fund share of its own (millionths), not below the policy's minimum; its tax country
    is the buyer's and its term begins today unless given. Each work keeps the near-duplicate cluster that it
    has in the newest manifest with it, or else its own. Raises ``BadDeal``, ``WorksNotLicensed``,
    ``DealKeyReused``, ``NoTerritory``, ``NotACountry``, ``PolicyChanged`` and ``PartyNotFound``.
    """
    wanted = tuple(sorted(set(asset_ids)))
    advisory(conn, f"deal:{key}")
    earlier = store.find_deal(conn, key)
    if earlier is not None:
        stated = {
            "fund_share_ppm": fund_share_ppm,
            "territory": territory.upper() if territory else None,
            "first_day": first_day,
            "last_day": last_day,
        }
        return _same_deal(earlier, (buyer_id, price, wanted), stated)
    if not wanted or price.micros <= 0:
        raise BadDeal("it has no works" if not wanted else f"its price is {price}")
    buyer = parties.get(conn, buyer_id)
    works = _works(conn, wanted)
    rules = policy or policy_in_force(clock.now())
    terms = DealTerms(
        fund_share_ppm=rules.deal_share_ppm if fund_share_ppm is None else fund_share_ppm,
        territory=_territory(territory, buyer),
        first_day=first_day or clock.now().astimezone(UTC).date(),
        last_day=last_day,
    )
    _check_terms(terms, rules)
    fund, house = fund_part(price, terms.fund_share_ppm)
    deal = Deal(derived_id("dea", key), key, buyer_id, price, fund, wanted, rules.version, clock.now(), terms)
    store.record_policy(conn, rules, clock.now())
    store.add_deal(conn, deal, works)
    accrue(
        conn,
        kind=SourceKind.deal,
        source_id=deal.id,
        buyer_id=buyer_id,
        fund=fund,
        house=house,
        policy_version=rules.version,
        at=deal.booked_at,
        memo=f"Data deal over {len(wanted)} works",
    )
    return deal


def _same_deal(
    earlier: Deal, wanted: tuple[str, Money, tuple[str, ...]], stated: Mapping[str, object]
) -> Deal:
    """The first deal, where the second call says nothing else."""
    same = (earlier.buyer_id, earlier.price, earlier.asset_ids) == wanted
    if not same or any(value not in (None, getattr(earlier.terms, name)) for name, value in stated.items()):
        raise DealKeyReused(earlier.key)
    return earlier


def _territory(given: str | None, buyer: Party) -> str:
    country = given or buyer.country
    if country is None:
        raise NoTerritory(buyer.id)
    return checked_country(country)


def _check_terms(terms: DealTerms, policy: FundPolicy) -> None:
    if not policy.deal_minimum_ppm <= terms.fund_share_ppm <= WHOLE_PPM:
        least = Decimal(policy.deal_minimum_ppm) / WHOLE_PPM
        raise BadDeal(f"its fund share must lie between the policy's {least} and 1")
    if terms.last_day is not None and terms.last_day < terms.first_day:
        raise BadDeal("its term ends before it begins")


def _works(conn: Connection, asset_ids: Sequence[str]) -> list[tuple[str, Work]]:
    """The works by asset; raises ``WorksNotLicensed`` unless every one may be in a deal."""
    found = {asset.id: asset for asset in assets.many(conn, asset_ids)}
    licensed = parties.training_licensed(conn, {a.contributor_id for a in found.values() if a.contributor_id})
    refused = [each for each in asset_ids if each not in found or not _may_be_sold(found[each], licensed)]
    if refused:
        raise WorksNotLicensed(refused)
    clusters = training.clusters_of(conn, asset_ids)
    return [
        (
            asset_id,
            Work(
                key=asset.sha256,
                contributor_id=str(asset.contributor_id),
                cluster=clusters.get(asset_id, f"asset:{asset_id}"),
                published=asset.created_at,
            ),
        )
        for asset_id, asset in found.items()
    ]


def _may_be_sold(asset: Asset, licensed: frozenset[str]) -> bool:
    return (
        asset.kind is AssetKind.human
        and asset.state is AssetState.live
        and asset.training_consent
        and asset.contributor_id in licensed
    )
