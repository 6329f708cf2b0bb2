"""What is withheld from a payout: by the buyers' countries, the contributor's form, and the day's rules."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money
from fairstock.payout.model import Account, TaxForm, Withholding, WithholdingRule, WithholdingRules

PPM = 1_000_000
"""A rate of one, in the millionths that rules use."""


class BadWithholdingRules(BadInput):
    """The rules of withholding cannot be used."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The rules of withholding cannot be used: {reason}.", remedy="correct withholding.toml"
        )


def read_withholding_rules(body: str) -> WithholdingRules:
    """The rules that a TOML text describes; raises ``BadWithholdingRules``."""
    try:
        data = tomllib.loads(body)
        rules = tuple(_rule(each) for each in data.get("rule", []))
        return WithholdingRules(str(data["version"]), rules, body)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadWithholdingRules(f"{type(error).__name__}: {error}") from error


def _rule(data: Mapping[str, Any]) -> WithholdingRule:
    begins = data["from"]
    if not isinstance(begins, date):
        raise BadWithholdingRules(f"from = {begins!r} is not a date")
    return WithholdingRule(
        authority=str(data["authority"]),
        source=str(data["source"]),
        effective_from=begins,
        rate_ppm=_ppm(data["rate"]),
        exempt_forms=frozenset(TaxForm(form) for form in data.get("exempt_forms", [])),
        treaties={str(country): _ppm(rate) for country, rate in data.get("treaty", {}).items()},
    )


def _ppm(rate: object) -> int:
    """Millionths of a rate written as a decimal string."""
    try:
        exact = Decimal(str(rate)) * PPM
    except InvalidOperation as error:
        raise BadWithholdingRules(f"{rate!r} is not a rate") from error
    if not isinstance(rate, str) or exact != int(exact) or not 0 <= exact <= PPM:
        raise BadWithholdingRules(f"the rate {rate!r} is no string between 0 and 1 with at most six decimals")
    return int(exact)


def form_valid_until(form: TaxForm, signed_on: date) -> date | None:
    """The last day of a form: a W-8BEN holds until the end of the third calendar year after it was signed; a
    W-9 does not expire.
    """
    return date(signed_on.year + 3, 12, 31) if form is TaxForm.w8ben else None


def withhold(
    sourced: Mapping[str, int], currency: str, account: Account, rules: WithholdingRules, on: date
) -> tuple[Withholding, ...]:
    """What is withheld from a payout of which ``sourced`` micro-units came from buyers of these countries.

    Each amount is the exact product cut to a whole micro-unit, so never above the rate. Income of people with
    an exempt form gives no line; a treaty's rate of nothing gives a line of nothing, with its reason.
    """
    lines = []
    for rule in rules.in_force(on):
        income = sourced.get(rule.source, 0)
        if income <= 0 or account.tax_form in rule.exempt_forms:
            continue
        rate = rule.treaties.get(account.country, rule.rate_ppm)
        amount = Money(income * rate // PPM, currency)
        why = _reason(rule, account, rate, Money(income, currency))
        lines.append(Withholding(rule.authority, rule.source, Money(income, currency), rate, amount, why))
    return tuple(lines)


def _reason(rule: WithholdingRule, account: Account, rate: int, income: Money) -> str:
    percent = f"{(Decimal(rate) * 100 / PPM).normalize():f} %"
    form = account.tax_form.value if account.tax_form else "no form"
    treaty = "treaty" if account.country in rule.treaties else "no treaty"
    return (
        f"{rule.authority}: {percent} of {income} from buyers in {rule.source} "
        f"({form}, {account.country}: {treaty})"
    )
