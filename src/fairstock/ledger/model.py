"""What the books hold.

A posting's amount is signed: positive is a debit, negative a credit. Accounts are ``family:owner``:

| account                     | meaning                                             | normal side    |
|-----------------------------|-----------------------------------------------------|----------------|
| ``buyer:<party>``           | what a buyer owes the house                         | debit (+)      |
| ``revenue:house``           | what the house keeps                                | credit (−)     |
| ``fund:<YYYY-MM>``          | accrued to the contributors in a period, unassigned | credit (−)     |
| ``reserve:fund``            | what no contributor could be assigned, published    | credit (−)     |
| ``payable:<contributor>``   | owed to a contributor                               | credit (−)     |
| ``in_transit:<contributor>``| sent to the contributor's bank, not yet confirmed   | credit (−)     |
| ``cash:bank``               | the house's money                                   | debit (+)      |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from fairstock.kit.money import Money


class TransactionKind(StrEnum):
    """Why money moved."""

    sale = "sale"
    """A license of a picture was sold."""
    deal = "deal"
    """A data-licensing deal was booked."""
    refund = "refund"
    """A buyer got money back."""
    reserve = "reserve"
    """A year's reserve went to the open period's fund."""
    period_close = "period_close"
    """A period's fund was assigned to contributors and the reserve."""
    payout = "payout"
    """Money left for a contributor's bank."""
    settlement = "settlement"
    """The bank confirmed a payout."""
    return_ = "return"
    """The bank sent a payout back; it is owed again."""
    adjustment = "adjustment"
    """A correction with its reason in the memo."""
    conversion = "conversion"
    """One currency became another."""
    reversal = "reversal"
    """A transaction that should not have been was undone."""


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount on one account."""

    account: str
    """``family:owner``, see above."""
    amount: Money
    """Positive debits the account, negative credits it."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """Postings that belong together and sum to zero in each currency."""

    key: str
    """Made by the caller from what happened (``sale:<id>``); the same key is never booked twice."""
    kind: TransactionKind
    effective_at: datetime
    """When it happened, aware; a fact of the event and not the time of booking, or a retry would look
    different.
    """
    postings: tuple[Posting, ...]
    """At least two that are not zero; postings of zero are left out when booked."""
    memo: str = ""
    """One line for people."""
    reverses: str | None = None
    """Key of the transaction that this one undoes in full."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Facts behind it as JSON, such as the sale's id."""


@dataclass(frozen=True, slots=True)
class PostResult:
    """What became of a transaction that was handed in."""

    id: str
    """Its id, derived from the key."""
    created: bool
    """False where it had been booked before, with the same content."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an account's history."""

    key: str
    """Key of the transaction."""
    kind: TransactionKind
    effective_at: datetime
    memo: str
    amount: Money
    """What this transaction put on the account."""
    balance: Money
    """Balance of the account afterwards, in the order of booking."""
    details: Mapping[str, Any]
