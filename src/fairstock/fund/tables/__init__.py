"""Tables of the fund context. Migration 0004 adds triggers: a closed period takes nothing, and no row ever
changes.
"""

from fairstock.fund.tables.division import allocation, inflow, pool, proof_leaf, proof_node
from fairstock.fund.tables.income import accrual, deal, deal_work, period, policy, reserve_share, reserve_work

__all__ = [
    "accrual",
    "allocation",
    "deal",
    "deal_work",
    "inflow",
    "period",
    "policy",
    "pool",
    "proof_leaf",
    "proof_node",
    "reserve_share",
    "reserve_work",
]
