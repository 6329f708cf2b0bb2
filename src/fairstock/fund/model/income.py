"""What flows into the fund, and by which rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from fairstock.kit.money import Money

WHOLE_PPM = 1_000_000
"""A share of one, in the millionths that policies use."""


class SourceKind(StrEnum):
    """What paid into the fund."""

    sale = "sale"
    """A license of a generated picture."""
    deal = "deal"
    """A set of works licensed to a model maker."""
    refund = "refund"
    """Money that a buyer got back of a sale or deal; it takes from the fund."""
    reserve = "reserve"
    """A share of a past year's reserve."""


class ClusterVote(StrEnum):
    """Whose the one vote of a cluster of near-duplicates is."""

    shared = "shared"
    """Of all contributors with a work in it, equally."""
    first = "first"
    """Of the contributor whose work in it was published first, so that a later copy takes nothing. Where
    several were published at the same moment, or at moments that nobody knows, they share it.
    """


@dataclass(frozen=True, slots=True)
class FundPolicy:
    """One version of the fund's rules; shares in millionths, the cap in thousand-millionths."""

    version: str
    sale_share_ppm: int
    """Of a license's price."""
    deal_share_ppm: int
    """Of a deal's price, unless the deal states a share of its own."""
    floor_ppm: int
    """Of a sale's fund part; the rest is its influence part."""
    cap_ppb: int
    """Of one picture's influence part, at most, for one contributor."""
    deal_minimum_ppm: int
    """Of a deal's price, whatever share the deal states."""
    cluster_vote: ClusterVote
    """Floor, deals and reserve: whose a cluster's vote is."""
    body: str
    """The text that it was read from, kept so that an old period can be divided again."""


@dataclass(frozen=True, slots=True)
class Accrual:
    """What one sale or deal brought the fund, or what a refund took from it."""

    id: str
    period: str
    source_kind: SourceKind
    source_id: str
    """The sale, deal or refund."""
    asset_id: str | None
    """The picture sold or refunded; None for a deal."""
    release_id: str | None
    """The model release that made the picture; None for a deal and for a model without manifest."""
    amount: Money
    """Negative for a refund."""
    policy_version: str
    """Policy that set the fund's share."""
    accrued_at: datetime
    reverses_id: str | None = None
    """For a refund: the accrual of the sale or deal."""
    divided_in: str | None = None
    """For a refund: the earlier period that has the sale or deal, by whose rules the money goes back; None
    where both count in the same period and are divided together.
    """


@dataclass(frozen=True, slots=True)
class DealTerms:
    """What was agreed in a deal besides works and price."""

    fund_share_ppm: int
    """Of the price for the contributors, in millionths; at least what the policy demands."""
    territory: str
    """The buyer's country, ISO 3166-1 alpha-2, which decides about taxes."""
    first_day: date
    last_day: date | None
    """None: without end."""


@dataclass(frozen=True, slots=True)
class Deal:
    """A set of works licensed to a model maker."""

    id: str
    key: str
    buyer_id: str
    price: Money
    fund: Money
    """The contributors' part of the price."""
    asset_ids: tuple[str, ...]
    """Ascending."""
    policy_version: str
    booked_at: datetime
    terms: DealTerms
