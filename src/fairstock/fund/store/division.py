"""Set-based SQL of the close: what flowed into each pool, and the influence part, whose rows are many.

Attribution is read by name, through the view ``current_attribution`` and the tables behind it, and only here:
fund and attribution are siblings and do not import each other.

A refund of a sale of the same period (``divided_in IS NULL``) is divided beside that sale, with a negative
amount; a refund of what an earlier period divided flows into a pool of its own (``refunds.origins``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from fairstock.fund.model import FundPolicy, Part, Work
from fairstock.fund.rules import RESERVE_KEY

FETCH = 10_000
"""Rows held in memory while a long result is read."""


@dataclass(frozen=True, slots=True)
class Inflow:
    """Sales of a period that pay into the same pool."""

    currency: str
    release_id: str | None
    method_id: str | None
    """Attribution that counts for their pictures; None where there is none (and always for the floor)."""
    reliability_ppb: int | None
    sources: int
    micros: int


_FLOORS = text("""
    SELECT currency, release_id, NULL AS method_id, CAST(NULL AS bigint) AS reliability_ppb,
           count(*) AS sources, CAST(sum(amount_micros * :floor_ppm / 1000000) AS bigint) AS micros
    FROM fund_accrual
    WHERE period = :period AND asset_id IS NOT NULL AND divided_in IS NULL
    GROUP BY currency, release_id
    ORDER BY currency, release_id
""")

_INFLUENCES = text("""
    SELECT accrual.currency, accrual.release_id, made.method_id, made.reliability_ppb, count(*) AS sources,
           CAST(sum(accrual.amount_micros - accrual.amount_micros * :floor_ppm / 1000000) AS bigint) AS micros
    FROM fund_accrual AS accrual
    LEFT JOIN current_attribution AS made
        ON made.asset_id = accrual.asset_id AND made.release_id = accrual.release_id AND made.works > 0
    WHERE accrual.period = :period AND accrual.asset_id IS NOT NULL AND accrual.divided_in IS NULL
    GROUP BY accrual.currency, accrual.release_id, made.method_id, made.reliability_ppb
    ORDER BY accrual.currency, accrual.release_id, made.method_id
""")

_DEALS = text("""
    SELECT accrual.currency, coalesce(deal.source_id, accrual.source_id) AS deal_id, count(*) AS sources,
           CAST(sum(accrual.amount_micros) AS bigint) AS micros
    FROM fund_accrual AS accrual
    LEFT JOIN fund_accrual AS deal ON deal.id = accrual.reverses_id
    WHERE accrual.period = :period AND accrual.asset_id IS NULL AND accrual.divided_in IS NULL
    GROUP BY 1, 2
    ORDER BY 1, 2
""")

_DEAL_WORKS = text("""
    SELECT work_sha256, contributor_id, cluster FROM fund_deal_work WHERE deal_id = :deal ORDER BY asset_id
""")

_POUR_FLOOR = text("""
    INSERT INTO fund_inflow (pool_id, accrual_id, amount_micros)
    SELECT :pool, id, amount_micros * :floor_ppm / 1000000
    FROM fund_accrual
    WHERE period = :period AND asset_id IS NOT NULL AND divided_in IS NULL AND currency = :currency
        AND release_id IS NOT DISTINCT FROM CAST(:release AS text)
""")

_POUR_INFLUENCE = text("""
    INSERT INTO fund_inflow (pool_id, accrual_id, amount_micros)
    SELECT :pool, accrual.id, accrual.amount_micros - accrual.amount_micros * :floor_ppm / 1000000
    FROM fund_accrual AS accrual
    LEFT JOIN current_attribution AS made
        ON made.asset_id = accrual.asset_id AND made.release_id = accrual.release_id AND made.works > 0
    WHERE accrual.period = :period AND accrual.asset_id IS NOT NULL AND accrual.divided_in IS NULL
        AND accrual.currency = :currency
        AND accrual.release_id IS NOT DISTINCT FROM CAST(:release AS text)
        AND made.method_id IS NOT DISTINCT FROM CAST(:method AS text)
""")

_POUR_DEAL = text("""
    INSERT INTO fund_inflow (pool_id, accrual_id, amount_micros)
    SELECT :pool, accrual.id, accrual.amount_micros
    FROM fund_accrual AS accrual
    JOIN fund_accrual AS deal ON deal.id = coalesce(accrual.reverses_id, accrual.id)
    WHERE deal.source_kind = 'deal' AND deal.source_id = :deal AND accrual.divided_in IS NULL
""")

# The rules of ``rules.by_influence`` for many sales at once; a test compares the two.
_ALLOCATE = text("""
    INSERT INTO fund_allocation (pool_id, source_id, contributor_id, work_sha256, share_ppb, amount_micros)
    WITH sale AS (
        SELECT accrual.source_id, accrual.asset_id, inflow.amount_micros * :reliability / 1000000000 AS micros
        FROM fund_inflow AS inflow
        JOIN fund_accrual AS accrual ON accrual.id = inflow.accrual_id
        WHERE inflow.pool_id = :pool
    ), total AS (
        SELECT sale.source_id, sale.micros, share.contributor_id, share.work_sha256, share.share_ppb,
               CAST(sum(share.share_ppb) OVER (PARTITION BY sale.source_id, share.contributor_id) AS bigint)
                   AS theirs
        FROM sale
        JOIN attribution_share AS share ON share.asset_id = sale.asset_id AND share.method_id = :method
    ), capped AS (
        SELECT source_id, micros, contributor_id, work_sha256,
               CASE WHEN theirs > :cap THEN share_ppb * :cap / theirs ELSE share_ppb END AS share_ppb
        FROM total
    ), party AS (
        SELECT source_id, micros, contributor_id, CAST(work_sha256 AS text) AS work, share_ppb FROM capped
        UNION ALL
        SELECT source_id, micros, NULL, :reserve, 1000000000 - CAST(sum(share_ppb) AS bigint)
        FROM capped GROUP BY source_id, micros
    ), cut AS (
        SELECT source_id, micros, contributor_id, work, share_ppb,
               micros * share_ppb / 1000000000 AS base,
               row_number() OVER (
                   PARTITION BY source_id ORDER BY abs(micros * share_ppb % 1000000000) DESC, work COLLATE "C"
               ) AS place
        FROM party
    ), dealt AS (
        SELECT *, micros - CAST(sum(base) OVER (PARTITION BY source_id) AS bigint) AS left_over FROM cut
    )
    SELECT :pool, source_id, contributor_id, work, share_ppb, base + odd
    FROM (
        SELECT *, CASE WHEN place <= abs(left_over) THEN CAST(sign(left_over) AS int) ELSE 0 END AS odd
        FROM dealt
    ) AS line
    WHERE work <> :reserve AND base + odd <> 0
""")

_INPUTS = text("""
  SELECT * FROM (
    SELECT 'accrual' AS kind, id AS one, source_id AS two, asset_id, release_id, currency, amount_micros::text
    FROM fund_accrual WHERE period = :period
    UNION ALL
    SELECT 'deal work', work.deal_id, work.asset_id, work.work_sha256, work.contributor_id, work.cluster, ''
    FROM fund_deal_work AS work
    JOIN fund_accrual AS accrual ON accrual.source_kind = 'deal' AND accrual.source_id = work.deal_id
    WHERE accrual.period = :period
    UNION ALL
    SELECT DISTINCT 'attribution', made.asset_id, made.method_id, '', '', '',
        coalesce(made.reliability_ppb::text, '')
    FROM fund_accrual AS accrual
    JOIN current_attribution AS made ON made.asset_id = accrual.asset_id
    WHERE accrual.period = :period
  ) AS line ORDER BY kind COLLATE "C", one COLLATE "C", two COLLATE "C"
""")

_UNATTRIBUTED = text("""
    SELECT count(*) FROM fund_accrual AS accrual
    JOIN model_release AS release ON release.id = accrual.release_id AND release.works > 0
    WHERE accrual.period = :period AND accrual.source_kind = 'sale'
        AND NOT EXISTS (SELECT FROM attribution_result AS made WHERE made.asset_id = accrual.asset_id)
""")

_EARLIER = text("SELECT min(id) FROM fund_period WHERE state = 'open' AND id < :period")


def floor_inflows(conn: Connection, period: str, policy: FundPolicy) -> list[Inflow]:
    """The floor parts of the period's sales, by currency and release."""
    rows = conn.execute(_FLOORS, {"period": period, "floor_ppm": policy.floor_ppm})
    return [Inflow(**row) for row in rows.mappings()]


def influence_inflows(conn: Connection, period: str, policy: FundPolicy) -> list[Inflow]:
    """The influence parts of the period's sales, by currency, release and attribution method."""
    rows = conn.execute(_INFLUENCES, {"period": period, "floor_ppm": policy.floor_ppm})
    return [Inflow(**row) for row in rows.mappings()]


def deal_inflows(conn: Connection, period: str) -> list[tuple[str, str, int, int]]:
    """Currency, deal, number of accruals (the deal and its refunds) and their fund part in micro-units."""
    rows = conn.execute(_DEALS, {"period": period})
    return [(row.currency, row.deal_id, row.sources, row.micros) for row in rows]


def deal_works(conn: Connection, deal_id: str) -> list[Work]:
    """The works that a deal delivered."""
    rows = conn.execute(_DEAL_WORKS, {"deal": deal_id})
    return [Work(work, contributor, cluster) for work, contributor, cluster in rows]


def pour(
    conn: Connection, pool_id: str, period: str, part: Part, inflow: Inflow, *, policy: FundPolicy
) -> None:
    """Note which sales pay how much into a floor or influence pool; the amounts sum to ``inflow.micros``."""
    values = {
        "pool": pool_id,
        "period": period,
        "currency": inflow.currency,
        "release": inflow.release_id,
        "floor_ppm": policy.floor_ppm,
    }
    if part is Part.floor:
        conn.execute(_POUR_FLOOR, values)
    else:
        conn.execute(_POUR_INFLUENCE, {**values, "method": inflow.method_id})


def pour_deal(conn: Connection, pool_id: str, deal_id: str) -> None:
    """Note that a deal pays its fund part into its pool."""
    conn.execute(_POUR_DEAL, {"pool": pool_id, "deal": deal_id})


def allocate_influence(
    conn: Connection, pool_id: str, method_id: str, reliability_ppb: int, policy: FundPolicy
) -> int:
    """Divide what was poured into an influence pool, each sale or refund by its own picture; returns the
    micro-units allocated.
    """
    values = {
        "pool": pool_id,
        "method": method_id,
        "reliability": reliability_ppb,
        "cap": policy.cap_ppb,
        "reserve": RESERVE_KEY,
    }
    conn.execute(_ALLOCATE, values)
    total = text("SELECT coalesce(sum(amount_micros), 0)::bigint FROM fund_allocation WHERE pool_id = :pool")
    return int(conn.scalar(total, {"pool": pool_id}) or 0)


def input_lines(conn: Connection, period: str) -> Iterator[str]:
    """Every accrual, delivered work and attribution that decides the period, one line each, in a
    fixed order.
    """
    for row in conn.execute(_INPUTS, {"period": period}, execution_options={"yield_per": FETCH}):
        yield "\x1f".join("" if cell is None else str(cell) for cell in row)


def digest_of(lines: Iterator[str]) -> str:
    """SHA-256 in hex over the lines, each ended by a newline."""
    running = hashlib.sha256()
    for line in lines:
        running.update(line.encode() + b"\n")
    return running.hexdigest()


def unattributed(conn: Connection, period: str) -> int:
    """Sales of the period whose picture a release made and no method has looked at."""
    return int(conn.scalar(_UNATTRIBUTED, {"period": period}) or 0)


def earlier_open(conn: Connection, period: str) -> str | None:
    """The first month before the period that is still open."""
    found: str | None = conn.scalar(_EARLIER, {"period": period})
    return found
