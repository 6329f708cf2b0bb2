"""Build statements: one reading of what a period has in common, then one contributor after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from fairstock.fund import store as fund
from fairstock.fund.model import WHOLE_PPB, Allocation
from fairstock.kit.errors import Inconsistent
from fairstock.kit.money import Money
from fairstock.party import store as parties
from fairstock.party.model import Party
from fairstock.payout import store as payouts
from fairstock.payout.model import Hold, PayoutLine
from fairstock.statement import store
from fairstock.statement.frame import Frame, decimal, frame
from fairstock.statement.model import (
    FORMAT,
    Adjustment,
    CurrencyStatement,
    Line,
    Payout,
    Statement,
    StatementPool,
)
from fairstock.statement.store import Movement

_OWN_PLACE = ("opening", "period_close", "payout")
"""Kinds of movements that a statement shows elsewhere than among the adjustments."""


class StatementDoesNotAddUp(Inconsistent):
    """The lines of a statement do not sum to what the ledger credited."""

    def __init__(self, contributor_id: str, period: str, lines: Money, ledger: Money) -> None:
        self.contributor_id, self.period = contributor_id, period
        super().__init__(
            f"The lines of {contributor_id} for {period} sum to {lines}, but the ledger credited {ledger}.",
            remedy="run check_books and look at fund_close_matches_ledger; publish nothing until it holds",
        )


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was read about the contributors of one batch."""

    allocations: dict[str, list[Allocation]]
    movements: list[Movement]
    payouts: list[PayoutLine]
    holds: dict[tuple[str, str], tuple[Hold, ...]]
    titles: dict[str, str]


def build(conn: Connection, contributor_id: str, period: str, *, notice: str | None = None) -> Statement:
    """One contributor's statement; of an open period, what is known so far. Raises ``PartyNotFound``,
    ``NotAMonth``.
    """
    parties.get(conn, contributor_id)
    return build_many(conn, frame(conn, period), [contributor_id], notice=notice)[0]


def build_many(
    conn: Connection, shared: Frame, contributor_ids: Sequence[str], *, notice: str | None = None
) -> list[Statement]:
    """Statements in the order of the ids, which must exist; raises ``StatementDoesNotAddUp``."""
    people = parties.many(conn, contributor_ids)
    allocations = fund.allocations_of(conn, shared.period, contributor_ids)
    works = sorted({line.work_sha256 for lines in allocations.values() for line in lines})
    facts = _Facts(
        allocations=allocations,
        movements=store.movements(conn, shared.period, contributor_ids),
        payouts=payouts.payouts_of(conn, shared.period, contributor_ids),
        holds=payouts.holds_of(conn, shared.period, contributor_ids),
        titles=store.titles(conn, works, shared.releases),
    )
    return [_statement(people[each], shared, facts, notice) for each in contributor_ids]


def _statement(person: Party, shared: Frame, facts: _Facts, notice: str | None) -> Statement:
    currencies = sorted({each.currency for each in facts.movements if each.contributor_id == person.id})
    return Statement(
        format=FORMAT,
        period=shared.period,
        period_state=shared.state.value,
        contributor_id=person.id,
        handle=person.handle,
        name=person.name,
        notice=notice,
        rules=shared.rules,
        currencies=tuple(_currency(person, each, shared, facts) for each in currencies),
    )


def _currency(person: Party, currency: str, shared: Frame, facts: _Facts) -> CurrencyStatement:
    own = [each for each in facts.movements if (each.contributor_id, each.currency) == (person.id, currency)]
    pools = tuple(pool for pool in shared.pools if pool.amount.currency == currency)
    lines = _lines(facts.allocations[person.id], pools, facts.titles)
    earned = sum((line.amount for line in lines), Money.zero(currency))
    credited = _sum(own, "period_close", currency)
    if earned != credited:
        raise StatementDoesNotAddUp(person.id, shared.period, earned, credited)
    payout = next(
        (p for p in facts.payouts if (p.contributor_id, p.amount.currency) == (person.id, currency)), None
    )
    return CurrencyStatement(
        currency=currency,
        opening=_sum(own, "opening", currency),
        earned=earned,
        adjustments=tuple(
            Adjustment(each.kind, each.key, each.date, each.memo, Money(each.micros, currency))
            for each in own
            if each.kind not in _OWN_PLACE
        ),
        payout=_payout(payout) if payout else None,
        holds=() if payout else tuple(hold.value for hold in facts.holds.get((person.id, currency), ())),
        closing=Money(sum(each.micros for each in own), currency),
        lines=lines,
        pools=pools,
        everybody=shared.ranges.get(currency),
    )


def _sum(movements: Sequence[Movement], kind: str, currency: str) -> Money:
    return Money(sum(each.micros for each in movements if each.kind == kind), currency)


def _lines(
    allocations: Sequence[Allocation], pools: Sequence[StatementPool], titles: dict[str, str]
) -> tuple[Line, ...]:
    """The lines of these pools, largest first."""
    by_id = {pool.id: pool for pool in pools}
    lines = [
        Line(
            pool_id=each.pool_id,
            part=by_id[each.pool_id].part,
            source_id=each.source_id,
            work_sha256=each.work_sha256,
            title=titles.get(each.work_sha256, ""),
            cluster=each.cluster,
            cluster_contributors=each.cluster_contributors,
            contributor_works=each.contributor_works,
            share=None if each.share_ppb is None else decimal(each.share_ppb, WHOLE_PPB),
            amount=Money(each.amount_micros, by_id[each.pool_id].amount.currency),
        )
        for each in allocations
        if each.pool_id in by_id
    ]
    return tuple(
        sorted(lines, key=lambda line: (-line.amount.micros, line.pool_id, line.source_id, line.work_sha256))
    )


def _payout(line: PayoutLine) -> Payout:
    return Payout(line.payout_id, line.amount, line.method, line.state, line.bank_reference, line.reason)
