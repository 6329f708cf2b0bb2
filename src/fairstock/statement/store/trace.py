"""SQL of a trace: one sale through fund, pools and payouts, read in one query each."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from fairstock.kit.money import Money


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A sale with what the fund got of it: a row of the view ``sale_trace``."""

    accrual_id: str
    buyer: str
    territory: str
    asset_id: str
    prompt: str
    release_id: str | None
    size: int
    tier: str
    price_book_version: str
    fund: Money
    policy_version: str
    period: str
    period_state: str


@dataclass(frozen=True, slots=True)
class Earner:
    """What a contributor got from a pool, and the state of the period's payout."""

    handle: str
    works: int
    micros: int
    payout: str | None


_TRACE = text("""
    SELECT accrual_id, buyer, territory, asset_id, prompt, release_id, size, tier, price_book_version,
           currency, fund_micros, policy_version, period, period_state
    FROM sale_trace WHERE sale_id = :sale
""")

_FED = text("""
    SELECT inflow.pool_id, inflow.amount_micros, accrual.currency
    FROM fund_inflow AS inflow JOIN fund_accrual AS accrual ON accrual.id = inflow.accrual_id
    WHERE inflow.accrual_id = :accrual
""")

_EARNERS = """
    SELECT party.handle, count(*) AS works, CAST(sum(allocation.amount_micros) AS bigint) AS micros,
           (
               SELECT coalesce(outcome.state, 'in transit') || ' (' || payout.id || ')'
               FROM payout LEFT JOIN payout_outcome AS outcome ON outcome.payout_id = payout.id
               WHERE payout.contributor_id = allocation.contributor_id
                   AND payout.period = pool.period AND payout.currency = pool.currency
           ) AS payout
    FROM fund_allocation AS allocation
    JOIN fund_pool AS pool ON pool.id = allocation.pool_id AND pool.period = allocation.period
    JOIN party ON party.id = allocation.contributor_id
    WHERE allocation.pool_id = :pool AND %s
    GROUP BY party.handle, allocation.contributor_id, pool.period, pool.currency
    ORDER BY micros DESC, party.handle
    LIMIT :most
"""
# Both conditions lead to an index of the allocations, of which there are millions.
_EARNERS_OF_POOL = text(_EARNERS % "allocation.share_ppb IS NULL")
_EARNERS_OF_SOURCE = text(
    _EARNERS
    % """allocation.source_id = :source AND allocation.contributor_id IN (
        SELECT share.contributor_id
        FROM fund_accrual AS accrual JOIN attribution_share AS share ON share.asset_id = accrual.asset_id
        WHERE accrual.source_kind IN ('sale', 'refund') AND accrual.source_id = :source)"""
)


def trace_row(conn: Connection, sale_id: str) -> TraceRow:
    """The sale with its accrual; every booked sale has one."""
    row = dict(conn.execute(_TRACE, {"sale": sale_id}).mappings().one())
    fund = Money(row.pop("fund_micros"), row.pop("currency"))
    return TraceRow(**row, fund=fund)


def pools_fed_by(conn: Connection, accrual_id: str) -> dict[str, Money]:
    """Pool → what flowed into it from this sale or deal; empty while its period is open."""
    rows = conn.execute(_FED, {"accrual": accrual_id})
    return {pool_id: Money(micros, currency) for pool_id, micros, currency in rows}


def earners(conn: Connection, pool_id: str, source_id: str | None, most: int) -> list[Earner]:
    """The contributors who got most from a pool that is divided by cluster, or from one sale of an influence
    pool, largest first.
    """
    query = _EARNERS_OF_POOL if source_id is None else _EARNERS_OF_SOURCE
    rows = conn.execute(query, {"pool": pool_id, "source": source_id, "most": most})
    return [Earner(**row) for row in rows.mappings()]
