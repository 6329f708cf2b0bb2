"""What a contributor is owed: statements with their bookings and payouts."""

from __future__ import annotations

from dataclasses import dataclass

from fairstock.fund.model import PoolRange
from fairstock.kit.money import Money
from fairstock.statement.model.pools import Line, Member, Picture, ProofPath, Rules, StatementPool

FORMAT = "fairstock.statement/4"
"""Names the shape of the JSON file; changes whenever a reader would have to."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A balance that became another currency."""

    source_currency: str
    source: str
    """Amount in it."""
    target_currency: str
    target: str
    """``source`` × rate, cut to a whole micro-unit."""
    rate: str
    """Units of the target for one of the source, as published."""
    rate_date: str
    rate_source: str


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A booking on the balance that is neither earnings nor a payout."""

    kind: str
    """``return`` of a payout, ``withholding``, ``conversion``, ``reversal``, or the type of what staff
    decided: ``backpay``, ``dispute_resolution``, ``refund``, ``revenue_correction``.
    """
    key: str
    """Of the ledger's transaction."""
    date: str
    memo: str
    amount: Money
    """Positive: owed more."""
    exchange: Exchange | None
    """Of a conversion."""
    dispute: str | None
    """The dispute that it decides; the line stands among the disputes of its period's statement."""


@dataclass(frozen=True, slots=True)
class Disputed:
    """A line of this statement that its contributor disputes or disputed."""

    id: str
    about: str
    """``allocation`` (named pool|source|work), ``payout`` or ``withholding``."""
    subject: str
    """What names the line."""
    amount: Money
    """Of the line."""
    opened: str
    """Day in UTC, like the next one."""
    decided: str | None
    outcome: str | None
    """``upheld`` or ``rejected``; None while it is open."""
    came_to: tuple[tuple[str, str, str], ...]
    """(Type, amount as a decimal, period on whose statement it stands) of each adjustment."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """What was kept of a payout for one authority, with the rule that says so."""

    authority: str
    country: str
    """Of the buyers."""
    income: Money
    """The part of the payout that came from them."""
    rate: str
    amount: Money
    """``income`` × rate, cut to a whole micro-unit."""
    reason: str
    """Names form and residence."""
    rules_version: str
    rule_from: str
    """Day from which the rule holds."""
    rule_rate: str
    """Where no treaty says otherwise."""
    treaties: tuple[tuple[str, str], ...]
    """(Country of residence, rate)."""


@dataclass(frozen=True, slots=True)
class Payout:
    """The period's payment."""

    id: str
    amount: Money
    method: str
    state: str
    """``paid``, ``returned`` or ``in_transit``."""
    bank_reference: str
    reason: str
    """Why it was returned."""
    withheld: tuple[Withheld, ...]
    """Besides the amount; each authority's sum is an adjustment."""


@dataclass(frozen=True, slots=True)
class Total:
    """All pools of the period in one currency together."""

    amount: Money
    allocated: Money
    reserve: Money


@dataclass(frozen=True, slots=True)
class CurrencyStatement:
    """Everything in one currency: opening + earned + adjustments − payout = closing."""

    currency: str
    opening: Money
    earned: Money
    """Sum of the lines."""
    adjustments: tuple[Adjustment, ...]
    payout: Payout | None
    disputes: tuple[Disputed, ...]
    holds: tuple[str, ...]
    """Why nothing, or not everything, was paid, where that was decided."""
    closing: Money
    lines: tuple[Line, ...]
    pools: tuple[StatementPool, ...]
    """All pools of the period, those without a line of this contributor too."""
    everybody: PoolRange | None
    """Where this contributor stands; None where nobody earned anything."""
    total: Total
    """What everybody's pools came to."""
    members: tuple[Member, ...]
    """Of the clusters of these lines."""
    pictures: tuple[Picture, ...]
    """Of these lines' sales."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A contributor's period."""

    format: str
    period: str
    period_state: str
    """``open`` (figures may still change) or ``closed``."""
    contributor_id: str
    handle: str
    name: str
    notice: str | None
    """What every reader must know first, such as that the money is invented."""
    rules: Rules | None
    """None while the period is open."""
    allocations_root: str | None
    """Merkle root over everything that was divided, frozen at the close; None while the period is open."""
    proof_of_lines: ProofPath
    """That the lines lie in that tree."""
    currencies: tuple[CurrencyStatement, ...]
