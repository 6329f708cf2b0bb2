"""Who is paid, and what holds a payment back."""

from dataclasses import replace
from datetime import date

import pytest
from factories.core import usd
from hypothesis import given
from hypothesis import strategies as st

from fairstock.kit.money import Money
from fairstock.payout.model import Account, Hold, TaxForm
from fairstock.payout.policy import payout_policy_in_force
from fairstock.payout.rules import BadPayoutPolicy, decide, read_payout_policy

POLICY = payout_policy_in_force()
TODAY = date(2026, 11, 3)
ACCOUNT = Account(
    "pty_1",
    "bank",
    "DE02",
    verified=True,
    country="DE",
    tax_form_valid_until=date(2026, 12, 31),
    tax_form=TaxForm.w8ben,
)


@given(st.integers(-(10**10), 10**10))
def test_whole_cents_are_paid_and_never_more_than_is_owed(micros: int) -> None:
    verdict = decide(usd(micros), ACCOUNT, POLICY, TODAY)
    if verdict.pay is None:
        assert micros < 1_000_000
        reason = Hold.below_threshold if micros > 0 else Hold.negative_balance
        assert verdict.holds == ((reason,) if micros else ())
    else:
        assert verdict.pay.micros % 10_000 == 0
        assert 0 <= micros - verdict.pay.micros < 10_000


def test_yen_are_paid_whole_and_the_rest_stays() -> None:
    """Seen from the bank: a sum of 1.99 yen cannot be sent, and must not be lost either."""
    assert decide(Money(1_990_000, "JPY"), ACCOUNT, POLICY, TODAY).pay == Money(1_000_000, "JPY")
    assert decide(Money(999_999, "JPY"), ACCOUNT, POLICY, TODAY).holds == (Hold.below_threshold,)


def test_the_threshold_itself_is_paid() -> None:
    assert decide(usd(1_000_000), ACCOUNT, POLICY, TODAY).pay == usd(1_000_000)
    assert decide(usd(999_999), ACCOUNT, POLICY, TODAY).holds == (Hold.below_threshold,)


@pytest.mark.parametrize(
    ("account", "holds"),
    [
        (None, (Hold.no_account,)),
        (replace(ACCOUNT, verified=False), (Hold.unverified_account,)),
        (replace(ACCOUNT, tax_form_valid_until=None), (Hold.tax_form_missing,)),
        (replace(ACCOUNT, tax_form_valid_until=date(2026, 11, 2)), (Hold.tax_form_expired,)),
        (replace(ACCOUNT, tax_form_valid_until=TODAY), ()),
        (
            replace(ACCOUNT, verified=False, tax_form_valid_until=None),
            (Hold.unverified_account, Hold.tax_form_missing),
        ),
    ],
)
def test_every_reason_is_named(account: Account | None, holds: tuple[Hold, ...]) -> None:
    verdict = decide(usd(5_000_000), account, POLICY, TODAY)
    assert verdict.holds == holds
    assert (verdict.pay is None) == bool(holds)


def test_a_currency_without_a_threshold_takes_the_default() -> None:
    assert POLICY.threshold("CHF") == Money(1_000_000, "CHF")


@pytest.mark.parametrize("least", ["0", "-1", "free", "0.0000001"])
def test_a_bad_policy_is_refused(least: str) -> None:
    with pytest.raises(BadPayoutPolicy):
        read_payout_policy(POLICY.body.replace('USD = "1.00"', f'USD = "{least}"'))
