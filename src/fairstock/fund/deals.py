"""Book a data-licensing deal: a set of works, licensed to a model maker at one price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetKind, AssetState
from fairstock.db.locks import advisory
from fairstock.fund import store
from fairstock.fund.accrue import accrue
from fairstock.fund.model import Deal, FundPolicy, SourceKind, Work
from fairstock.fund.policy import policy_in_force
from fairstock.fund.rules import fund_part
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.party import store as parties
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
    policy: FundPolicy | None = None,
) -> Deal:
    """Write a deal with its works and accrue the fund's part of its price; the same key again returns the
    first deal.

    Each work keeps the near-duplicate cluster that it has in the newest manifest with it, or else its own.
    Raises ``BadDeal``, ``WorksNotLicensed``, ``DealKeyReused``, ``PolicyChanged`` and ``PartyNotFound``.
    """
    wanted = tuple(sorted(set(asset_ids)))
    advisory(conn, f"deal:{key}")
    earlier = store.find_deal(conn, key)
    if earlier is not None:
        if (earlier.buyer_id, earlier.price, earlier.asset_ids) != (buyer_id, price, wanted):
            raise DealKeyReused(key)
        return earlier
    if not wanted or price.micros <= 0:
        raise BadDeal("it has no works" if not wanted else f"its price is {price}")
    parties.get(conn, buyer_id)
    works = _works(conn, wanted)
    rules = policy or policy_in_force()
    fund, house = fund_part(price, rules.deal_share_ppm)
    deal = Deal(
        derived_id("dea", key), key, buyer_id, price, fund, wanted, rules.version, booked_at=clock.now()
    )
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


def _works(conn: Connection, asset_ids: Sequence[str]) -> list[tuple[str, Work]]:
    """The works by asset; raises ``WorksNotLicensed`` unless every one may be in a deal."""
    found = {asset.id: asset for asset in assets.many(conn, asset_ids)}
    licensed = parties.training_licensed(conn, {a.contributor_id for a in found.values() if a.contributor_id})
    refused = [each for each in asset_ids if each not in found or not _may_be_sold(found[each], licensed)]
    if refused:
        raise WorksNotLicensed(refused)
    clusters = training.clusters_of(conn, asset_ids)
    return [
        (asset_id, Work(asset.sha256, str(asset.contributor_id), clusters.get(asset_id, f"asset:{asset_id}")))
        for asset_id, asset in found.items()
    ]


def _may_be_sold(asset: Asset, licensed: frozenset[str]) -> bool:
    return (
        asset.kind is AssetKind.human
        and asset.state is AssetState.live
        and asset.training_consent
        and asset.contributor_id in licensed
    )
