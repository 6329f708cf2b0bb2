"""All SQL of the payout context: ``accounts``, ``orders``, ``taxes``, ``sanctions``, ``disputes``, and
``movements`` and ``figures`` for people.
"""

from fairstock.payout.store.accounts import (
    PayoutPolicyChanged,
    accounts,
    put_account,
    put_accounts,
    record_policy,
)
from fairstock.payout.store.disputes import (
    add_adjustment,
    add_dispute,
    add_event,
    adjustments_of,
    dispute,
    disputed,
    disputes,
    disputes_of,
    open_dispute_of,
)
from fairstock.payout.store.figures import contributors_paid, holds_of, payouts_of, totals
from fairstock.payout.store.movements import movements
from fairstock.payout.store.orders import (
    add_attempts,
    add_holds,
    add_orders,
    add_outcomes,
    add_takebacks,
    in_transit,
    ordered,
    orders,
    outcomes,
    paid_since,
)
from fairstock.payout.store.sanctions import NoSuchHit, RecordedHit, add_hits, clear_hit, open_hits
from fairstock.payout.store.taxes import (
    WithholdingRulesChanged,
    add_conversions,
    add_sourced,
    add_withholdings,
    record_sources,
    record_withholding_rules,
    send_back_sources,
    sourced,
    withheld_from,
)

__all__ = [
    "NoSuchHit",
    "PayoutPolicyChanged",
    "RecordedHit",
    "WithholdingRulesChanged",
    "accounts",
    "add_adjustment",
    "add_attempts",
    "add_conversions",
    "add_dispute",
    "add_event",
    "add_hits",
    "add_holds",
    "add_orders",
    "add_outcomes",
    "add_sourced",
    "add_takebacks",
    "add_withholdings",
    "adjustments_of",
    "clear_hit",
    "contributors_paid",
    "dispute",
    "disputed",
    "disputes",
    "disputes_of",
    "holds_of",
    "in_transit",
    "movements",
    "open_dispute_of",
    "open_hits",
    "ordered",
    "orders",
    "outcomes",
    "paid_since",
    "payouts_of",
    "put_account",
    "put_accounts",
    "record_policy",
    "record_sources",
    "record_withholding_rules",
    "send_back_sources",
    "sourced",
    "totals",
    "withheld_from",
]
