"""What people say and do about uploads and accounts: requests, answers, appeals, findings and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from fairstock.screening.model import Observation, Outcome, Reason, Review


@dataclass(frozen=True, slots=True)
class Request:
    """A reviewer asks the contributor for evidence, beyond what the policy asked for."""

    id: str
    upload_id: str
    reviewer_id: str
    text: str
    """What would help, for the contributor."""
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What a contributor sends: words, or a raw or layered file, or both."""

    id: str
    upload_id: str
    contributor_id: str
    note: str
    sha256: str | None
    """Digest of the file, in the object store; None where only words were sent."""
    filename: str | None
    """As the contributor named it; never believed."""
    size: int | None
    """Bytes of the file."""
    support: Mapping[str, Any] | None
    """What comparing file and picture showed: kind, matches, difference, notes; None: not compared."""
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Appeal:
    """A contributor asks that somebody else decides again."""

    id: str
    upload_id: str
    contributor_id: str
    verdict_id: str
    """The machine's verdict at that time."""
    review_id: str | None
    """The person's decision that is appealed; None: the machine alone had decided."""
    text: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One upload that waits for a person, with what the machine saw and said."""

    upload_id: str
    contributor_id: str
    verdict_id: str
    outcome: Outcome
    """The machine's."""
    reasons: tuple[Reason, ...]
    observations: tuple[Observation, ...]
    policy_version: str
    decided_at: datetime
    """When the machine put it here, or when the appeal came."""
    appeal: Appeal | None = None
    """The open appeal, which somebody new decides."""
    before: tuple[Review, ...] = ()
    """What people decided about the upload so far, oldest first."""
    open: bool = True
    """Whether it still waits."""


class Standing(StrEnum):
    """What staff makes of a flagged account."""

    CLEARED = "cleared"
    """A person's work: its evidence starts anew, and a further finding needs twice as much."""
    CONFIRMED = "confirmed"
    """Its uploads go on being asked for evidence; nothing is blocked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An account's pictures, taken together, reached the threshold."""

    id: str
    contributor_id: str
    number: int
    """1 for the account's first, one more after each clearing."""
    rule_version: str
    model: str
    pictures: int
    """How many pictures had come when the threshold was reached, counted from the account's first."""
    value: float
    """log10 of the evidence then."""
    threshold: float
    upload_id: str
    """The picture with which it was reached."""
    found_at: datetime


@dataclass(frozen=True, slots=True)
class FindingDecision:
    """What a person made of a finding."""

    finding_id: str
    staff_id: str
    standing: Standing
    note: str
    pictures: int
    """How many pictures the account had then; after a clearing, evidence starts behind them."""
    decided_at: datetime
