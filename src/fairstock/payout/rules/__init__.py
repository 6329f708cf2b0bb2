"""Pure decisions: ``pay`` (who is paid), ``tax`` (what is withheld) and ``exchange`` (another currency)."""

from fairstock.payout.rules.exchange import converted
from fairstock.payout.rules.pay import BadPayoutPolicy, decide, read_payout_policy
from fairstock.payout.rules.tax import BadWithholdingRules, form_valid_until, read_withholding_rules, withhold

__all__ = [
    "BadPayoutPolicy",
    "BadWithholdingRules",
    "converted",
    "decide",
    "form_valid_until",
    "read_payout_policy",
    "read_withholding_rules",
    "withhold",
]
