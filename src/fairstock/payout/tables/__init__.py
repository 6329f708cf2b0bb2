"""Tables of the payout context, for its store only: ``orders``, ``tax`` and ``cases``."""

from fairstock.payout.tables.cases import (
    adjustment,
    dispute,
    dispute_event,
    sanction_clearance,
    sanction_hit,
)
from fairstock.payout.tables.orders import account, attempt, hold, outcome, payout, policy, takeback
from fairstock.payout.tables.tax import (
    conversion,
    pool_territory,
    sourced,
    sourced_period,
    withholding,
    withholding_rules,
)

__all__ = [
    "account",
    "adjustment",
    "attempt",
    "conversion",
    "dispute",
    "dispute_event",
    "hold",
    "outcome",
    "payout",
    "policy",
    "pool_territory",
    "sanction_clearance",
    "sanction_hit",
    "sourced",
    "sourced_period",
    "takeback",
    "withholding",
    "withholding_rules",
]
