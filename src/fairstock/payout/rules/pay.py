"""Whether a balance is paid, and how much of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money, NotMoney
from fairstock.payout.model import Account, Hold, PayoutPolicy, TaxForm, Verdict, WithholdingRules
from fairstock.payout.rules.exchange import capped
from fairstock.payout.rules.tax import withhold


class BadPayoutPolicy(BadInput):
    """A payout policy cannot be used."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The payout policy cannot be used: {reason}.", remedy="correct the policy's TOML file"
        )


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What counts besides the balance and the account; by default, nothing."""

    sanctioned: bool = False
    """A likeness with a sanction list that nobody has cleared."""
    disputed: int = 0
    """Micro-units of the balance about which a dispute is open."""
    sourced: Mapping[str, int] = field(default_factory=dict)
    """Country of buyers → micro-units of the balance that came from there."""


NOTHING_ELSE = Circumstances()


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


def decide(
    owed: Money,
    account: Account | None,
    policy: PayoutPolicy,
    today: date,
    *,
    taxes: WithholdingRules | None = None,
    also: Circumstances = NOTHING_ELSE,
) -> Verdict:
    """Pay the whole cents of what is owed and not disputed, less what is withheld; or say everything that
    stands against it.

    A balance of nothing is neither paid nor held. What is cut off below a cent (below a unit in currencies
    without cents) stays on the balance; it was counted as income with the rest.
    """
    if not owed:
        return Verdict(None, ())
    if owed.micros < 0:
        return Verdict(None, (Hold.negative_balance,))
    holds = [*_account_holds(account, today), *([Hold.sanction_hit] if also.sanctioned else [])]
    free = Money(max(owed.micros - also.disputed, 0), owed.currency)
    sourced = capped(also.sourced, free)
    withheld = withhold(sourced, owed.currency, account, taxes, today) if account and taxes else ()
    kept = sum((line.amount for line in withheld), Money.zero(owed.currency))
    pay, _ = (free - kept).whole_cents()
    if also.disputed > 0:
        holds.append(Hold.dispute_open)
    if pay < policy.threshold(owed.currency):
        holds.append(Hold.below_threshold)
    if set(holds) <= {Hold.dispute_open}:
        return Verdict(pay, tuple(holds), withheld, sourced)
    return Verdict(None, tuple(holds))


def _account_holds(account: Account | None, today: date) -> tuple[Hold, ...]:
    if account is None:
        return (Hold.no_account,)
    holds = [] if account.verified else [Hold.unverified_account]
    last_day = account.tax_form_valid_until
    if account.tax_form is None or (account.tax_form is TaxForm.w8ben and last_day is None):
        holds.append(Hold.tax_form_missing)
    elif last_day is not None and last_day < today:
        holds.append(Hold.tax_form_expired)
    return tuple(holds)
