"""Values of the attribution context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

WHOLE = 1_000_000_000
"""A share of one. Shares are whole thousand-millionths (ppb), so that they can sum to exactly one."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to attribute, tied to the model release that it explains."""

    id: str
    name: str
    version: str
    release_id: str
    reliability_ppb: int | None
    """Measured agreement with the truth, 0 to ``WHOLE``; None = unmeasured, and the payout rule then counts
    it 0.
    """
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class AttributionReport:
    """What one batch came to."""

    images: int
    """Pictures attributed in this batch, those without any work included."""
    shares: int
    """Rows written: picture × work."""
    unattributable: int
    """Pictures for which the method named no work; their influence part goes to the reserve."""


@dataclass(frozen=True, slots=True)
class ImageShare:
    """Influence of one work on one picture."""

    work_sha256: str
    contributor_id: str
    ppb: int
    """Of the whole picture."""
    method: str
    """Name and version."""
    reliability_ppb: int | None
    """None = unmeasured."""
