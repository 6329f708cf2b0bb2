"""The fund policy in force: the file that travels with this package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fairstock.fund.model import FundPolicy
from fairstock.fund.rules import read_policy


@lru_cache(maxsize=1)
def policy_in_force() -> FundPolicy:
    """The policy of this version of fairstock; raises ``BadPolicy``."""
    return read_policy((Path(__file__).parent / "policy.toml").read_text(encoding="utf-8"))
