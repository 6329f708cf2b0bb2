"""The payout policy in force: the file that travels with this package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fairstock.payout.model import PayoutPolicy
from fairstock.payout.rules import read_payout_policy


@lru_cache(maxsize=1)
def payout_policy_in_force() -> PayoutPolicy:
    """The policy of this version of fairstock; raises ``BadPayoutPolicy``."""
    return read_payout_policy((Path(__file__).parent / "policy.toml").read_text(encoding="utf-8"))
