"""What people decide: disputes about lines of statements, and adjustments of balances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fairstock.kit.money import Money


class SubjectKind(StrEnum):
    """What kind of line is disputed."""

    allocation = "allocation"
    """What a work earned from a pool; named ``pool|source|work``. Its sum stays on the balance meanwhile."""
    payout = "payout"
    """A payment; named by its id. It left the balance already, so nothing is held."""
    withholding = "withholding"
    """What was kept of a payment; named ``payout|authority|country``. Nothing is held."""


class EventKind(StrEnum):
    """What happened to a dispute."""

    opened = "opened"
    """The contributor said what is wrong."""
    answered = "answered"
    """Either side said something."""
    resolved = "resolved"
    """Staff decided; happens once and ends the dispute."""


class DisputeOutcome(StrEnum):
    """How staff decided."""

    upheld = "upheld"
    """The contributor is right; an adjustment corrects the balance where money is concerned."""
    rejected = "rejected"
    """The line stands."""


class AdjustmentKind(StrEnum):
    """Why staff changed a balance."""

    backpay = "backpay"
    """Earnings of an earlier time that were missed."""
    dispute_resolution = "dispute_resolution"
    """What a dispute came to."""
    refund = "refund"
    """Given back, such as tax that was withheld wrongly."""
    revenue_correction = "revenue_correction"
    """Income was booked wrongly."""


class Against(StrEnum):
    """Which account gives what a contributor gets, or takes what is taken."""

    house = "revenue:house"
    """The house's own income."""
    reserve = "reserve:fund"
    """The published reserve; cannot give more than is in it."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A correction of a balance that staff decided."""

    id: str
    contributor_id: str
    period: str
    """On whose statement it stands."""
    kind: AdjustmentKind
    amount: Money
    """Positive: owed more."""
    against: Against
    reason: str
    """For the contributor to read."""
    dispute_id: str | None
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeEvent:
    """Something that was said or decided."""

    position: int
    kind: EventKind
    party_id: str
    text: str
    outcome: DisputeOutcome | None
    """Only of ``resolved``."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Dispute:
    """A line that its contributor disputes, with all that was said about it."""

    id: str
    contributor_id: str
    period: str
    subject_kind: SubjectKind
    subject: str
    amount: Money
    """Of the line."""
    opened_at: datetime
    events: tuple[DisputeEvent, ...]
    """In order; the first opened it."""

    @property
    def outcome(self) -> DisputeOutcome | None:
        """None while it is open."""
        return self.events[-1].outcome if self.events else None
