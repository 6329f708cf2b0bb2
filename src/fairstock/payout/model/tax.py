"""What tax authorities want, and what became another currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from fairstock.kit.money import Money


class TaxForm(StrEnum):
    """What a contributor said to the tax authority through the house."""

    w9 = "W-9"
    """A person of the United States; does not expire."""
    w8ben = "W-8BEN"
    """Somebody else, with a country of residence; valid to the end of the third year after it was signed."""


@dataclass(frozen=True, slots=True)
class WithholdingRule:
    """What one authority wants to be kept of income from one country."""

    authority: str
    """Owner of the ledger account ``withheld:<authority>``."""
    source: str
    """Country of the buyers, ISO 3166-1 alpha-2."""
    effective_from: date
    """First day of payouts under it; the latest such rule of an authority and source counts."""
    rate_ppm: int
    """In millionths, where no treaty says otherwise."""
    exempt_forms: frozenset[TaxForm]
    """Nothing is withheld from people with such a form."""
    treaties: Mapping[str, int]
    """Country of residence → rate in millionths."""


@dataclass(frozen=True, slots=True)
class WithholdingRules:
    """One version of all rules."""

    version: str
    rules: tuple[WithholdingRule, ...]
    body: str
    """The text that they were read from."""

    def in_force(self, on: date) -> tuple[WithholdingRule, ...]:
        """The rules for payouts of that day, by authority and source."""
        latest: dict[tuple[str, str], WithholdingRule] = {}
        for rule in sorted(self.rules, key=lambda rule: rule.effective_from):
            if rule.effective_from <= on:
                latest[rule.authority, rule.source] = rule
        return tuple(latest[key] for key in sorted(latest))


@dataclass(frozen=True, slots=True)
class Withholding:
    """What is kept of one payout for one authority, of the income from one country."""

    authority: str
    country: str
    """Of the buyers."""
    income: Money
    """The part of the payout that came from them."""
    rate_ppm: int
    amount: Money
    """Income × rate, cut to a whole micro-unit; may be nothing."""
    reason: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of exchange as it was published."""

    source_currency: str
    target_currency: str
    value: Decimal
    """Units of the target for one unit of the source; exact."""
    on: date
    published_by: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """A balance that becomes another currency to be paid."""

    id: str
    contributor_id: str
    period: str
    source: Money
    target: Money
    """``source`` × rate, cut to a whole micro-unit."""
    rate: Rate
    converted_at: datetime
