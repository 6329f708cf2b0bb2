"""All SQL of the payout context: ``accounts``, ``orders``, and ``movements`` and ``figures`` for people."""

from fairstock.payout.store.accounts import (
    PayoutPolicyChanged,
    accounts,
    put_account,
    put_accounts,
    record_policy,
)
from fairstock.payout.store.figures import contributors_paid, holds_of, payouts_of, totals
from fairstock.payout.store.movements import movements
from fairstock.payout.store.orders import (
    add_attempts,
    add_holds,
    add_orders,
    add_outcomes,
    in_transit,
    ordered,
    orders,
    outcomes,
)

__all__ = [
    "PayoutPolicyChanged",
    "accounts",
    "add_attempts",
    "add_holds",
    "add_orders",
    "add_outcomes",
    "contributors_paid",
    "holds_of",
    "in_transit",
    "movements",
    "ordered",
    "orders",
    "outcomes",
    "payouts_of",
    "put_account",
    "put_accounts",
    "record_policy",
    "totals",
]
