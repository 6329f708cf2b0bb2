"""Values of the license context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fairstock.kit.money import Money


@dataclass(frozen=True, slots=True)
class Tier:
    """Prices that hold from a certain number of pictures in a month."""

    name: str
    from_quantity: int
    """Pictures that the buyer has licensed in the month before the first one at this tier."""
    prices: Mapping[int, Money]
    """Price of one picture by its edge in pixels, in the book's own currency."""
    abroad: Mapping[str, Mapping[int, Money]]
    """The same in each other currency: prices of this marketplace, not conversions."""


@dataclass(frozen=True, slots=True)
class PriceBook:
    """All prices of one version; ``tiers`` ascend by their quantity and the first begins at 0."""

    version: str
    currency: str
    """In which a buyer is quoted who has chosen no other."""
    tiers: tuple[Tier, ...]
    body: str
    """The text that it was read from, kept so that an old sale can be priced again."""


@dataclass(frozen=True, slots=True)
class AgreedTier:
    """What an agreement grants from a certain number of pictures in a month."""

    from_quantity: int
    """Pictures that the buyer has licensed in the month before the first one at this tier."""
    prices: Mapping[int, Money]
    """Agreed prices by edge in pixels, in the agreement's currency; other sizes cost the list price."""
    discount_ppm: int
    """Off the list price of the sizes without an agreed price, in millionths."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of what a buyer was granted; it never changes, a later version takes its place."""

    id: str
    key: str
    """Made by the caller; the same key means the same agreement."""
    buyer_id: str
    version: int
    """1, 2, … for each buyer and currency; of those in force the highest counts."""
    currency: str
    tiers: tuple[AgreedTier, ...]
    """Ascending by quantity, from 0."""
    valid_from: datetime
    valid_until: datetime | None
    """First moment at which it no longer holds; None: without end."""
    agreed_at: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """What one license costs a certain buyer now."""

    size: int
    """Edge in pixels."""
    tier: str
    quantity_before: int
    """Pictures that the buyer had licensed in this calendar month already."""
    price: Money
    price_book_version: str
    agreement_id: str | None = None
    """The agreement that priced it instead of the price book, or off it."""


@dataclass(frozen=True, slots=True)
class Sale:
    """A license that was granted."""

    id: str
    key: str
    """Made by the caller; the same key means the same sale."""
    asset_id: str
    buyer_id: str
    size: int
    """Edge in pixels."""
    territory: str
    """The buyer's country at the sale, ISO 3166-1 alpha-2, which decides about taxes."""
    quantity_before: int
    """Pictures that the buyer had licensed in that calendar month before."""
    tier: str
    price: Money
    price_book_version: str
    sold_at: datetime
    """Aware, in UTC."""
    agreement_id: str | None = None
    """The agreement that priced it."""


class RefundKind(StrEnum):
    """Why a buyer got money back."""

    refund = "refund"
    """Staff agreed to it."""
    chargeback = "chargeback"
    """The buyer's bank took it."""
    cancellation = "cancellation"
    """The deal was cancelled."""


@dataclass(frozen=True, slots=True)
class Refund:
    """What a buyer got back of one sale or deal, once."""

    id: str
    key: str
    """Made by the caller; the same key means the same refund."""
    sale_id: str | None
    """None for a deal."""
    deal_id: str | None
    """None for a sale."""
    kind: RefundKind
    amount: Money
    """Above zero."""
    before: Money
    """What was given back of it before."""
    fund: Money
    """The fund's part of the amount."""
    fund_before: Money
    """The fund's part of what was given back before."""
    reason: str
    refunded_at: datetime
