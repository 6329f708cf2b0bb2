"""All SQL of the fund: ``income`` (policies, deals, accruals), ``refunds``, ``months`` (periods), ``pools``
(the division) and ``merkle`` (its Merkle tree).
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
from fairstock.fund.store.refunds import add_refund, find_refund, refunded, refunds_of

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
    "add_refund",
    "allocations_of",
    "currencies",
    "earnings",
    "find_deal",
    "find_refund",
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
    "refunded",
    "refunds_of",
    "top_earners",
]
