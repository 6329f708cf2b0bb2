"""Build statements: one reading of what a period has in common, then one contributor after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from fairstock.fund.model import WHOLE_PPB, Allocation
from fairstock.kit.errors import Inconsistent
from fairstock.kit.money import Money
from fairstock.party import store as parties
from fairstock.party.model import Party
from fairstock.payout.model import Movement, MovementKind, PayoutLine
from fairstock.statement.facts import Facts, gather
from fairstock.statement.frame import Frame, decimal, frame
from fairstock.statement.model import (
    FORMAT,
    Adjustment,
    CurrencyStatement,
    Line,
    Member,
    Payout,
    Picture,
    Statement,
    StatementPool,
    Total,
)
from fairstock.statement.store import Balance


class StatementDoesNotAddUp(Inconsistent):
    """The lines of a statement do not sum to what the ledger says."""

    def __init__(self, contributor_id: str, period: str, statement: Money, ledger: Money) -> None:
        self.contributor_id, self.period = contributor_id, period
        super().__init__(
            f"The statement of {contributor_id} for {period} says {statement}, but the ledger {ledger}.",
            remedy="run check_books and look at fund_close_matches_ledger; publish nothing until it holds",
        )


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
    facts = gather(conn, shared, contributor_ids)
    return [_statement(people[each], shared, facts, notice) for each in contributor_ids]


def _statement(person: Party, shared: Frame, facts: Facts, notice: str | None) -> Statement:
    balances = [each for each in facts.balances if each.contributor_id == person.id]
    return Statement(
        format=FORMAT,
        period=shared.period,
        period_state=shared.state.value,
        contributor_id=person.id,
        handle=person.handle,
        name=person.name,
        notice=notice,
        rules=shared.rules,
        allocations_root=shared.allocations_root,
        proof_of_lines=facts.proofs.get(person.id, ()),
        currencies=tuple(_currency(person, each, shared, facts) for each in balances),
    )


def _currency(person: Party, balance: Balance, shared: Frame, facts: Facts) -> CurrencyStatement:
    currency = balance.currency
    pools = {pool.id: pool for pool in shared.pools if pool.amount.currency == currency}
    own = [each for each in facts.allocations[person.id] if each.pool_id in pools]
    lines = _lines(own, pools, facts.titles)
    moved = [each for each in facts.movements[person.id] if each.amount.currency == currency]
    payout = next(
        (p for p in facts.payouts if (p.contributor_id, p.amount.currency) == (person.id, currency)), None
    )
    built = CurrencyStatement(
        currency=currency,
        opening=Money(balance.opening, currency),
        earned=_total((line.amount for line in lines), currency),
        adjustments=tuple(_adjustment(each, facts) for each in moved if each.kind is not MovementKind.payout),
        payout=_payout(payout, facts) if payout else None,
        disputes=tuple(facts.disputes.get((person.id, currency), ())),
        holds=tuple(hold.value for hold in facts.holds.get((person.id, currency), ())),
        closing=Money(balance.closing, currency),
        lines=lines,
        pools=tuple(_own_pool(pool, own, facts) for pool in pools.values()),
        everybody=shared.ranges.get(currency),
        total=Total(
            _total((pool.amount for pool in pools.values()), currency),
            _total((pool.allocated for pool in pools.values()), currency),
            _total((pool.reserve for pool in pools.values()), currency),
        ),
        members=_members(own, facts),
        pictures=_pictures(own, pools, facts),
    )
    _check(built, balance, person.id, shared.period)
    return built


def _check(built: CurrencyStatement, balance: Balance, contributor_id: str, period: str) -> None:
    """What the statement shows must come to what the ledger holds."""
    currency = balance.currency
    if built.earned.micros != balance.earned:
        raise StatementDoesNotAddUp(contributor_id, period, built.earned, Money(balance.earned, currency))
    other = _total((each.amount for each in built.adjustments), currency)
    paid = built.payout.amount if built.payout else Money.zero(currency)
    closing = built.opening + built.earned + other - paid
    if closing != built.closing:
        raise StatementDoesNotAddUp(contributor_id, period, closing, built.closing)


def _total(amounts: Iterable[Money], currency: str) -> Money:
    return sum(amounts, Money.zero(currency))


def _lines(
    allocations: Sequence[Allocation], pools: dict[str, StatementPool], titles: dict[str, str]
) -> tuple[Line, ...]:
    """The lines of these pools, largest first."""
    lines = [
        Line(
            pool_id=each.pool_id,
            part=pools[each.pool_id].part,
            source_id=each.source_id,
            work_sha256=each.work_sha256,
            title=titles.get(each.work_sha256, ""),
            cluster=each.cluster,
            cluster_contributors=each.cluster_contributors,
            contributor_works=each.contributor_works,
            share=None if each.share_ppb is None else decimal(each.share_ppb, WHOLE_PPB),
            amount=Money(each.amount_micros, pools[each.pool_id].amount.currency),
        )
        for each in allocations
    ]
    return tuple(
        sorted(lines, key=lambda line: (-line.amount.micros, line.pool_id, line.source_id, line.work_sha256))
    )


def _own_pool(pool: StatementPool, own: Sequence[Allocation], facts: Facts) -> StatementPool:
    """The pool with as much of its inputs as this contributor's lines need."""
    sources = {line.source_id for line in own if line.pool_id == pool.id}
    if not sources:
        return replace(pool, cluster_names=(), proof=None)
    more = facts.sources.get(pool.id, {})
    lines = pool.source_lines or tuple(line for name, line in more.items() if name in sources)
    return replace(pool, source_lines=lines)


def _members(own: Sequence[Allocation], facts: Facts) -> tuple[Member, ...]:
    """Everybody's works in the clusters of these lines."""
    groups = sorted({(line.pool_id, line.cluster) for line in own if line.cluster is not None})
    return tuple(member for group in groups for member in facts.members.get(group, ()))


def _pictures(
    own: Sequence[Allocation], pools: dict[str, StatementPool], facts: Facts
) -> tuple[Picture, ...]:
    """The attribution of every picture of these lines."""
    wanted = sorted(
        {
            (picture, str(pools[line.pool_id].method_id))
            for line in own
            if line.cluster is None and (picture := facts.picture_of(line)) is not None
        }
    )
    return tuple(facts.shares[each] for each in wanted if each in facts.shares)


def _adjustment(each: Movement, facts: Facts) -> Adjustment:
    exchange = facts.exchanges.get(each.reference)
    day = each.at.strftime("%Y-%m-%d")
    kind = each.type or each.kind.value
    return Adjustment(kind, each.reference, day, each.reason, each.amount, exchange, each.dispute)


def _payout(line: PayoutLine, facts: Facts) -> Payout:
    told = (line.method, line.state, line.bank_reference, line.reason)
    return Payout(line.payout_id, line.amount, *told, facts.withheld.get(line.payout_id, ()))
