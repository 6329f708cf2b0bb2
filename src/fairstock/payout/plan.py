"""Decide one contributor's balances: which become another currency, which are ordered, which are held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.payout.due import Case
from fairstock.payout.model import (
    Account,
    Conversion,
    Hold,
    Order,
    PayoutPolicy,
    Verdict,
    WithholdingRules,
)
from fairstock.payout.ports import RateSource
from fairstock.payout.rules import converted, decide
from fairstock.payout.rules.exchange import capped
from fairstock.payout.rules.pay import NOTHING_ELSE, Circumstances


@dataclass(frozen=True, slots=True)
class Rulebook:
    """By what is decided, on which day and for which period."""

    policy: PayoutPolicy
    taxes: WithholdingRules
    rates: RateSource | None
    """None: no currency is converted."""
    period: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """A conversion with the parts of it that came from buyers of certain countries, before and after."""

    conversion: Conversion
    left: Mapping[str, int]
    joined: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written, of many contributors."""

    exchanges: list[Exchange] = field(default_factory=list)
    orders: list[tuple[Order, Verdict]] = field(default_factory=list)
    holds: list[tuple[str, Money, tuple[Hold, ...]]] = field(default_factory=list)

    def add(self, case: Case, rules: Rulebook) -> None:
        """Decide about a contributor's balances."""
        wanted = case.account.currency if case.account else None
        if wanted in case.ordered:
            return  # what was earned in other currencies waits for the next period's payment
        if case.account and wanted and any(currency != wanted for currency in case.owed):
            self._in_wanted_currency(case, case.account, wanted, rules)
        else:
            for currency, owed in case.owed.items():
                self._pay_or_hold(case, owed, case.also[currency], rules)

    def _pay_or_hold(self, case: Case, owed: Money, also: Circumstances, rules: Rulebook) -> Verdict:
        verdict = decide(owed, case.account, rules.policy, rules.now.date(), taxes=rules.taxes, also=also)
        if verdict.pay and case.account:
            self.orders.append((_order(case.account, verdict, rules), verdict))
        if verdict.holds:
            held = Money(min(also.disputed, owed.micros), owed.currency) if verdict.pay else owed
            self.holds.append((case.contributor_id, held, verdict.holds))
        return verdict

    def _in_wanted_currency(self, case: Case, account: Account, wanted: str, rules: Rulebook) -> None:
        """Pay all balances above zero as one sum in the wanted currency; where that sum is held, nothing is
        converted.
        """
        exchanges, left = [], []
        for currency, owed in case.owed.items():
            if currency == wanted:
                continue
            exchange = _exchange(case, owed, wanted, rules)
            if isinstance(exchange, Exchange):
                exchanges.append(exchange)
            else:
                left.append((owed, exchange))
        total, also = _together(case, wanted, exchanges)
        verdict = decide(total, account, rules.policy, rules.now.date(), taxes=rules.taxes, also=also)
        if verdict.pay:
            self.exchanges.extend(exchanges)
        for exchange in exchanges:
            source = exchange.conversion.source.currency
            disputed = case.also[source].disputed
            if not verdict.pay:
                self.holds.append((case.contributor_id, case.owed[source], verdict.holds))
            elif disputed > 0:
                held = case.owed[source] - exchange.conversion.source
                self.holds.append((case.contributor_id, held, (Hold.dispute_open,)))
        if verdict.pay:
            self._pay_or_hold(case, total, also, rules)
        elif wanted in case.owed:
            self._pay_or_hold(case, case.owed[wanted], case.also[wanted], rules)
        self.holds.extend((case.contributor_id, owed, (reason,)) for owed, reason in left)


def _exchange(case: Case, owed: Money, wanted: str, rules: Rulebook) -> Exchange | Hold:
    """What a balance becomes, or why it stays what it is."""
    also = case.also[owed.currency]
    if owed.micros < 0:
        return Hold.negative_balance
    free = Money(owed.micros - also.disputed, owed.currency)
    if free.micros <= 0:
        return Hold.dispute_open
    rate = rules.rates.rate(owed.currency, wanted, rules.now.date()) if rules.rates else None
    if rate is None:
        return Hold.no_exchange_rate
    left = capped(also.sourced, free)
    target, joined = converted(free, left, rate)
    if not target:
        return Hold.below_threshold
    identity = derived_id("cnv", case.contributor_id, rules.period, owed.currency, wanted)
    conversion = Conversion(identity, case.contributor_id, rules.period, free, target, rate, rules.now)
    return Exchange(conversion, left, joined)


def _together(case: Case, wanted: str, exchanges: list[Exchange]) -> tuple[Money, Circumstances]:
    """The balance in the wanted currency after the exchanges, and what is known about it."""
    own = case.also.get(wanted, NOTHING_ELSE)
    total = case.owed.get(wanted, Money.zero(wanted))
    sourced = dict(own.sourced)
    for exchange in exchanges:
        total = total + exchange.conversion.target
        for country, micros in exchange.joined.items():
            sourced[country] = sourced.get(country, 0) + micros
    sanctioned = any(also.sanctioned for also in case.also.values())
    return total, Circumstances(sanctioned, own.disputed, sourced)


def _order(account: Account, verdict: Verdict, rules: Rulebook) -> Order:
    amount = verdict.pay
    assert amount is not None  # noqa: S101  # the caller has looked
    withheld: dict[str, Money] = {}
    for line in verdict.withheld:
        if line.amount:
            withheld[line.authority] = withheld.get(line.authority, Money.zero(amount.currency)) + line.amount
    identity = derived_id("pay", account.contributor_id, rules.period, amount.currency)
    return Order(
        id=identity,
        contributor_id=account.contributor_id,
        period=rules.period,
        amount=amount,
        method=account.method,
        reference=account.reference,
        created_at=rules.now,
        withheld=withheld,
    )
