"""Whether a balance is paid, and how much of it. Pure."""

from __future__ import annotations

import tomllib
from datetime import date

from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money, NotMoney
from fairstock.payout.model import Account, Hold, PayoutPolicy, Verdict


class BadPayoutPolicy(BadInput):
    """A payout policy cannot be used."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The payout policy cannot be used: {reason}.", remedy="correct the policy's TOML file"
        )


def read_payout_policy(body: str) -> PayoutPolicy:
    """The policy that a TOML text describes; raises ``BadPayoutPolicy``."""
    try:
        data = tomllib.loads(body)
        thresholds = {code: Money.parse(str(least), code) for code, least in data["thresholds"].items()}
        default = str(data["default_threshold"])
        every = [*thresholds.values(), Money.parse(default, "XXX")]
        version = str(data["version"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, NotMoney) as error:
        raise BadPayoutPolicy(f"{type(error).__name__}: {error}") from error
    if any(least.micros <= 0 for least in every):
        raise BadPayoutPolicy("a threshold must be above zero")
    return PayoutPolicy(version, default, thresholds, body)


def decide(owed: Money, account: Account | None, policy: PayoutPolicy, today: date) -> Verdict:
    """Pay the whole cents of what is owed, or say everything that stands against it.

    A balance of nothing, or one that the contributor owes the house, is neither paid nor held.
    """
    if owed.micros <= 0:
        return Verdict(None, ())
    holds = list(_account_holds(account, today))
    payable, _ = owed.whole_cents()
    if payable < policy.threshold(owed.currency):
        holds.append(Hold.below_threshold)
    return Verdict(None, tuple(holds)) if holds else Verdict(payable, ())


def _account_holds(account: Account | None, today: date) -> tuple[Hold, ...]:
    if account is None:
        return (Hold.no_account,)
    holds = [] if account.verified else [Hold.unverified_account]
    if account.tax_form_valid_until is None:
        holds.append(Hold.tax_form_missing)
    elif account.tax_form_valid_until < today:
        holds.append(Hold.tax_form_expired)
    return tuple(holds)
