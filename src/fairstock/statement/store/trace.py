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
    """What a contributor got from a pool, and what became of the balance that it went to."""

    handle: str
    works: int
    micros: int
    sent: str | None
    """Payouts and conversions since then in words, up to the first payment that stayed; None: none yet."""
    held: str | None
    """Why the balance was not paid the last time that payouts were made."""


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

# A balance is paid whole, so the first payment after the close that stayed is the one that carried the sum.
_SENT = """
    WITH converted AS (
        SELECT period, id, to_currency, rate FROM payout_conversion AS conversion
        WHERE conversion.contributor_id = allocation.contributor_id
            AND conversion.from_currency = pool.currency AND conversion.period >= pool.period
    ), event AS (
        SELECT period, 0 AS place, false AS stayed,
            'converted to ' || to_currency || ' at ' || rate || ' (' || id || ')' AS told
        FROM converted
        UNION ALL
        SELECT payout.period, 1, outcome.state = 'paid' AND back.payout_id IS NULL,
            'payout ' || coalesce(outcome.state, 'in transit')
                || CASE WHEN back.payout_id IS NULL THEN '' ELSE ', taken back' END
                || ' (' || payout.id || ')'
        FROM payout
        LEFT JOIN payout_outcome AS outcome ON outcome.payout_id = payout.id
        LEFT JOIN payout_takeback AS back ON back.payout_id = payout.id
        WHERE payout.contributor_id = allocation.contributor_id AND payout.period >= pool.period
            AND (payout.currency = pool.currency OR payout.currency IN (SELECT to_currency FROM converted))
    ), since AS (
        SELECT *, bool_or(stayed) OVER (
            ORDER BY period, place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS over FROM event
    )
    SELECT string_agg(told || ' for ' || period, ', then ' ORDER BY period, place) FROM since
    WHERE over IS NOT TRUE
"""
_HELD = """
    SELECT string_agg(reason, ', ' ORDER BY reason) FROM payout_hold AS hold
    WHERE hold.contributor_id = allocation.contributor_id AND hold.currency = pool.currency
        AND hold.period = (
            SELECT max(period) FROM payout_hold AS latest
            WHERE latest.contributor_id = allocation.contributor_id AND latest.currency = pool.currency
                AND latest.period >= pool.period)
"""
_EARNERS = f"""
    SELECT party.handle, count(*) AS works, CAST(sum(allocation.amount_micros) AS bigint) AS micros,
           ({_SENT}) AS sent, ({_HELD}) AS held
    FROM fund_allocation AS allocation
    JOIN fund_pool AS pool ON pool.id = allocation.pool_id AND pool.period = allocation.period
    JOIN party ON party.id = allocation.contributor_id
    WHERE allocation.pool_id = :pool AND %s
    GROUP BY party.handle, allocation.contributor_id, pool.period, pool.currency
    ORDER BY abs(sum(allocation.amount_micros)) DESC, party.handle
    LIMIT :most
"""  # noqa: S608  # only text of this file is put together
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


_RESERVE = text("""
    SELECT share.id, share.year, accrual.period
    FROM fund_pool AS pool
    LEFT JOIN model_release AS release ON release.id = pool.release_id AND release.works > 0
    JOIN fund_reserve_share AS share ON share.currency = pool.currency
        AND share.release_id IS NOT DISTINCT FROM release.id
        AND share.year >= CAST(left(pool.period, 4) AS int)
    JOIN fund_accrual AS accrual ON accrual.source_kind = 'reserve' AND accrual.source_id = share.id
    WHERE pool.id = :pool ORDER BY share.year LIMIT 1
""")


def distributed(conn: Connection, pool_id: str) -> str | None:
    """In words, when the reserve into which a part of this pool went was given to contributors; None: not
    yet.
    """
    row = conn.execute(_RESERVE, {"pool": pool_id}).one_or_none()
    return f"with the year {row.year}, on statements of {row.period} ({row.id})" if row else None


def earners(conn: Connection, pool_id: str, source_id: str | None, most: int) -> list[Earner]:
    """The contributors who got most from a pool that is divided by cluster, or from one sale of an influence
    pool, largest first.
    """
    query = _EARNERS_OF_POOL if source_id is None else _EARNERS_OF_SOURCE
    rows = conn.execute(query, {"pool": pool_id, "source": source_id, "most": most})
    return [Earner(**row) for row in rows.mappings()]
