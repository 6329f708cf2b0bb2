"""Who is paid: accounts, thresholds, and what stands against a payment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from fairstock.kit.money import Money
from fairstock.payout.model.tax import TaxForm, Withholding


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
    sanction_hit = "sanction_hit"
    """The contributor is like an entry of a sanction list, and nobody has cleared that."""
    dispute_open = "dispute_open"
    """The contributor disputes a line: its sum stays on the balance until staff has decided; the rest is
    paid.
    """
    negative_balance = "negative_balance"
    """The contributor owes the house, such as after a refund; later earnings settle it first."""
    no_exchange_rate = "no_exchange_rate"
    """The contributor wants another currency, and no rate is known for the day."""
    below_threshold = "below_threshold"
    """The balance in whole cents is below the least that is sent."""


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
    """Last day on which the tax form counts; None = no form, or one that does not expire."""
    tax_form: TaxForm | None = None
    """None = no form."""
    currency: str | None = None
    """What the contributor wants to be paid in; None = as it was earned."""


@dataclass(frozen=True, slots=True)
class SanctionHit:
    """A likeness between a contributor and an entry of a sanction list."""

    entry: str
    """The entry's number on the list."""
    listed: str
    """What the list says."""
    matched: str
    """What of the contributor is like it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a balance is paid: a sum, or the reasons against it, or neither where nothing is owed."""

    pay: Money | None
    """What the bank sends, after what is withheld."""
    holds: tuple[Hold, ...]
    """With ``pay`` only ``dispute_open``: then a part is held."""
    withheld: tuple[Withholding, ...] = ()
    sourced: Mapping[str, int] = field(default_factory=dict)
    """Country of buyers → micro-units of the payout that came from there, whether anything is withheld or
    not.
    """
