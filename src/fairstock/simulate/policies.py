"""The fund's rules in the simulated year: they change twice, in the middle of things."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from fairstock.fund.model import FundPolicy
from fairstock.fund.rules import read_policy
from fairstock.simulate.model import Plan

CHANGES = (
    (0, "0.30", "0.50", "0.50", "0.50", "shared"),
    (25, "0.333333", "0.5", "0.25", "0.10", "first"),
    (60, "0.25", "0.666667", "0.75", "1", "shared"),
)
"""Part of the days (in hundredths) after which it holds, the fund's share of a sale and of a deal, the floor,
the cap, and whose a cluster's vote is: awkward numbers.
"""


def policy_at(plan: Plan, moment: datetime) -> FundPolicy:
    """The policy in force at the moment."""
    part = timedelta(days=plan.size.days) / 100
    number = sum(moment >= plan.begin + hundredths * part for hundredths, *_ in CHANGES)
    return _policy(max(0, number - 1))


@cache
def _policy(number: int) -> FundPolicy:
    _, sale, deal, floor, cap, vote = CHANGES[number]
    return read_policy(f"""
        version = "simulated-{number + 1}"
        [income]
        generation = "{sale}"
        deal = "{deal}"
        [allocation]
        floor = "{floor}"
        cap_per_contributor = "{cap}"
        cluster_vote = "{vote}"
    """)
