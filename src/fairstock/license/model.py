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
    """Price of one picture by its edge in pixels."""


@dataclass(frozen=True, slots=True)
class PriceBook:
    """All prices of one version; ``tiers`` ascend by their quantity and the first begins at 0."""

    version: str
    currency: str
    tiers: tuple[Tier, ...]
    body: str
    """The text that it was read from, kept so that an old sale can be priced again."""


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
