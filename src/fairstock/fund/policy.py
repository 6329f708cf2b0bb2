"""Fund policies by the month from which they are in force: ``policies/YYYY-MM.toml``.

A change of the rules is a new file with a new version. What was booked or closed under an older one stays as
it is: a period is divided by the policy of its month, and its text is kept with the books.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from fairstock.fund.model import FundPolicy
from fairstock.fund.rules import read_policy
from fairstock.kit.months import checked_month, month_of

FOLDER = Path(__file__).parent / "policies"
"""The policies that travel with this package."""


def policy_in_force(at: datetime | None = None) -> FundPolicy:
    """The policy of the month of ``at``, or the newest; before the first one the first counts. Raises
    ``BadPolicy`` and ``NotAMonth``.
    """
    known = _policies(FOLDER)
    if at is None:
        return known[-1][1]
    month = month_of(at)
    return next((policy for since, policy in reversed(known) if since <= month), known[0][1])


@lru_cache(maxsize=8)
def _policies(folder: Path) -> tuple[tuple[str, FundPolicy], ...]:
    """Month and policy of every file, oldest first."""
    return tuple(
        (checked_month(file.stem), read_policy(file.read_text(encoding="utf-8")))
        for file in sorted(folder.glob("*.toml"))
    )
