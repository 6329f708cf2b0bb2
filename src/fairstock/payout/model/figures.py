"""Payouts as people see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fairstock.kit.money import Money


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """A contributor's payout of a period, as statements show it."""

    payout_id: str
    contributor_id: str
    amount: Money
    method: str
    state: str
    """``paid``, ``returned`` or ``in_transit``."""
    bank_reference: str
    reason: str


class MovementKind(StrEnum):
    """What changed a balance besides the earnings of a closed period."""

    payout = "payout"
    """Sent to the contributor's bank; what was withheld from it is a movement of its own."""
    withholding = "withholding"
    """Kept back for a tax authority, or given back with a payout that was returned."""
    return_ = "return"
    """A payout came back, at once or weeks later; owed again."""
    refund = "refund"
    """A buyer got money back."""
    adjustment = "adjustment"
    """A decision of staff, such as the outcome of a dispute."""
    conversion = "conversion"
    """Became money of another currency, or came from there."""
    reversal = "reversal"
    """A booking that should not have been was undone."""
    other = "other"
    """Any other booking; its kind stands in the reason."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A change of what a contributor is owed, apart from the earnings of a close.

    All of a period's movements and its earnings, added to the opening balance, give the closing balance.
    """

    kind: MovementKind
    amount: Money
    """Positive: owed more."""
    reason: str
    """One line for people."""
    reference: str
    """Key of the ledger's transaction; a payout and what was withheld from it share one."""
    at: datetime
    type: str | None = None
    """Of an adjustment: backpay, dispute_resolution, refund or revenue_correction."""
    dispute: str | None = None
    """Of an adjustment that a dispute came to: the dispute."""
