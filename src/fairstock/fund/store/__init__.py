"""All SQL of the fund: ``income`` (policies, deals, accruals), ``months`` (periods), ``pools`` and
``refunds`` (the division) and ``merkle`` (its Merkle tree).
"""

from fairstock.fund.store.figures import period_totals, top_earners
from fairstock.fund.store.income import (
    DealMissing,
    PolicyChanged,
    accrual_of,
    accrued_assets,
    accrued_in,
    add_accrual,
    add_deal,
    currencies,
    find_deal,
    get_deal,
    policy_body,
    record_policy,
)
from fairstock.fund.store.merkle import NoProof, proof, proofs
from fairstock.fund.store.months import accruing_period, freeze, latest_closed, lock, period, periods
from fairstock.fund.store.pools import allocations_of, earnings, pools_of, ranges_of

__all__ = [
    "DealMissing",
    "NoProof",
    "PolicyChanged",
    "accrual_of",
    "accrued_assets",
    "accrued_in",
    "accruing_period",
    "add_accrual",
    "add_deal",
    "allocations_of",
    "currencies",
    "earnings",
    "find_deal",
    "freeze",
    "get_deal",
    "latest_closed",
    "lock",
    "period",
    "period_totals",
    "periods",
    "policy_body",
    "pools_of",
    "proof",
    "proofs",
    "ranges_of",
    "record_policy",
    "top_earners",
]
