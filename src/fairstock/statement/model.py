"""Values of the statement context: everything that a contributor needs to follow a cent and to
recompute it.
"""

from __future__ import annotations

from dataclasses import dataclass

from fairstock.fund.model import Part, PoolRange, SourceLine
from fairstock.kit.money import Money

FORMAT = "fairstock.statement/1"
"""Names the shape of the JSON file; changes whenever a reader would have to."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy that divided the period, in decimals between 0 and 1."""

    policy_version: str
    generation_share: str
    """Of a license's price that goes to the fund."""
    deal_share: str
    """Of a deal's price that goes to the fund."""
    floor_share: str
    """Of a sale's fund part that is divided by cluster; the rest is influence."""
    cap_per_contributor: str
    """Of one picture's influence part."""
    input_digest: str
    """SHA-256 over everything that decided the division, frozen at the close."""


@dataclass(frozen=True, slots=True)
class StatementPool:
    """A whole pool of the period, of which the lines are shares."""

    id: str
    part: Part
    release_id: str | None
    deal_id: str | None
    method: str | None
    """Name and version of the attribution method, for influence."""
    reliability: str | None
    """Measured, as a decimal; "unmeasured" where nobody has; None but for influence."""
    amount: Money
    """What flowed in."""
    clusters: int
    """Clusters with one vote each; 0 for influence."""
    allocated: Money
    """What contributors got."""
    reserve: Money
    """What went to the published reserve, and why:"""
    reserve_reason: str | None
    sources: int
    """Sales or deals that paid in."""
    source_lines: tuple[SourceLine, ...]
    """All of them, or none where there are too many for a statement: then they are in the period's
    ``_sources.csv``.
    """


@dataclass(frozen=True, slots=True)
class Line:
    """What one work earned from one pool.

    Floor and deal: ``pool amount ÷ clusters ÷ cluster_contributors ÷ contributor_works``, in whole
    micro-units; the ones left over at each division go to those first in the pool's draw. Influence: ``(the
    sale's part × reliability) × share``.
    """

    pool_id: str
    part: Part
    source_id: str
    """The sale for influence, the deal for a deal, the model release for the floor."""
    work_sha256: str
    title: str
    cluster: str | None
    """Near-duplicates share it; None for influence."""
    cluster_contributors: int | None
    contributor_works: int | None
    share: str | None
    """Of the picture, as a decimal with nine places; None but for influence."""
    amount: Money


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A booking on the balance that is neither earnings nor a payout."""

    kind: str
    """``return`` of a payout, ``refund``, ``adjustment``, ``conversion`` or ``reversal``."""
    key: str
    """Of the ledger's transaction."""
    date: str
    memo: str
    amount: Money
    """Positive: owed more."""


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


@dataclass(frozen=True, slots=True)
class CurrencyStatement:
    """Everything in one currency: opening + earned + adjustments − payout = closing."""

    currency: str
    opening: Money
    earned: Money
    """Sum of the lines."""
    adjustments: tuple[Adjustment, ...]
    payout: Payout | None
    holds: tuple[str, ...]
    """Why nothing was paid, where that was decided."""
    closing: Money
    lines: tuple[Line, ...]
    pools: tuple[StatementPool, ...]
    """All pools of the period, those without a line of this contributor too."""
    everybody: PoolRange | None
    """Where this contributor stands; None where nobody earned anything."""


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
    currencies: tuple[CurrencyStatement, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One station of a sale on its way: a title and facts in order, for people."""

    title: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The way of one sale from the buyer to the contributors' balances."""

    sale_id: str
    steps: tuple[Step, ...]
