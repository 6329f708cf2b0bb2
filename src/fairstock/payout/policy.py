"""The payout policy and the rules of withholding in force: the files that travel with this package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fairstock.payout.model import PayoutPolicy, WithholdingRules
from fairstock.payout.rules import read_payout_policy, read_withholding_rules


@lru_cache(maxsize=1)
def payout_policy_in_force() -> PayoutPolicy:
    """The policy of this version of fairstock; raises ``BadPayoutPolicy``."""
    return read_payout_policy((Path(__file__).parent / "policy.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def withholding_rules_in_force() -> WithholdingRules:
    """The rules of this version of fairstock; raises ``BadWithholdingRules``."""
    return read_withholding_rules((Path(__file__).parent / "withholding.toml").read_text(encoding="utf-8"))
