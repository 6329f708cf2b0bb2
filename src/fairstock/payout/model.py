"""Values of the payout context. An order is one payment to one contributor for one period and currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from fairstock.kit.money import Money


class Hold(StrEnum):
    """Why a balance was not paid; it stays owed."""

    no_account = "no_account"
    """The contributor has named no account."""
    unverified_account = "unverified_account"
    """Nobody has verified that the account is the contributor's."""
    tax_form_missing = "tax_form_missing"
    """No tax form was handed in."""
    tax_form_expired = "tax_form_expired"
    """The tax form is no longer valid."""
    below_threshold = "below_threshold"
    """The balance in whole cents is below the least that is sent."""


class PaymentState(StrEnum):
    """What the bank says about an order."""

    paid = "paid"
    """The money reached the contributor's account."""
    returned = "returned"
    """The money came back, or never left."""
    unknown = "unknown"
    """The bank took the order and cannot tell yet."""


@dataclass(frozen=True, slots=True)
class PayoutPolicy:
    """One version of the thresholds."""

    version: str
    default_threshold: str
    """Decimal, for currencies without their own."""
    thresholds: Mapping[str, Money]
    """Least sum that is sent, by currency."""
    body: str
    """The text that it was read from."""

    def threshold(self, currency: str) -> Money:
        """The least sum that is sent in the currency."""
        return self.thresholds.get(currency) or Money.parse(self.default_threshold, currency)


@dataclass(frozen=True, slots=True)
class Account:
    """Where a contributor wants the money."""

    contributor_id: str
    method: str
    """How the money travels, such as ``bank``."""
    reference: str
    """What the bank needs to find the account, such as an IBAN."""
    verified: bool
    country: str
    """Tax residence as stated with the account, ISO 3166-1 alpha-2."""
    tax_form_valid_until: date | None
    """Last day on which the tax form counts; None = no form."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a balance is paid: a sum, or the reasons against it, or neither where nothing is owed."""

    pay: Money | None
    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """A payment that was booked from ``payable`` to ``in_transit`` and is to be made exactly once."""

    id: str
    """Also the key under which the bank knows it."""
    contributor_id: str
    period: str
    amount: Money
    """Whole cents."""
    method: str
    reference: str
    created_at: datetime


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
