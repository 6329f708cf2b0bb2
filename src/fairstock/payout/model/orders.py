"""An order is one payment to one contributor for one period and currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fairstock.kit.money import Money
from fairstock.payout.model.accounts import Hold


class PaymentState(StrEnum):
    """What the bank says about an order."""

    paid = "paid"
    """The money reached the contributor's account."""
    returned = "returned"
    """The money came back, or never left."""
    unknown = "unknown"
    """The bank took the order and cannot tell yet."""
    taken_back = "taken_back"
    """The money had reached the account, and the bank took it back later."""


@dataclass(frozen=True, slots=True)
class Order:
    """A payment that was booked from ``payable`` to ``in_transit`` and is to be made exactly once."""

    id: str
    """Also the key under which the bank knows it."""
    contributor_id: str
    period: str
    amount: Money
    """Whole cents; what the bank sends."""
    method: str
    reference: str
    created_at: datetime
    withheld: Mapping[str, Money] = field(default_factory=dict)
    """Authority → what was kept for it besides the amount, where that is more than nothing."""

    @property
    def gross(self) -> Money:
        """What leaves the contributor's balance."""
        return sum(self.withheld.values(), self.amount)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an order ended."""

    payout_id: str
    state: PaymentState
    """``paid`` or ``returned``."""
    bank_reference: str
    reason: str
    """The bank's words for a return; empty when paid."""
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentResult:
    """One answer of the bank about one order."""

    key: str
    """The order's id."""
    state: PaymentState
    bank_reference: str = ""
    """The bank's own number of the payment; empty while unknown."""
    reason: str = ""
    """Why money was returned."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a period's balances came to."""

    in_transit: tuple[str, ...]
    """Orders of the period that the bank has not settled, new and old."""
    new: int
    """Orders made just now."""
    held: Mapping[Hold, int]
    """Balances not paid, by reason; one with several reasons counts under each."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What the bank's answers came to."""

    settled: int
    """Orders that ended in this booking."""
    waiting: tuple[str, ...]
    """Orders without a final answer."""
    conflicts: tuple[str, ...]
    """Orders about which the bank says something else than is booked; somebody has to call it."""
    taken_back: tuple[str, ...] = ()
    """Orders that were paid and of which the bank has taken the money back."""
