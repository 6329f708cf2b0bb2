"""SQL of the influence part, most lines of a period: ``rules.by_influence`` for many sales at once."""

from __future__ import annotations

from sqlalchemy import Connection, text

# The reserve takes part in the largest remainder with what the caps cut off, and wins its ties, without
# being a row. The remainders of all parts sum to the micro-units that are left over, times 10^9. Shares and
# remainders are below 10^9, so their sums are made of integers: a sum of bigint is a numeric, which is slow.
_INFLUENCE_LINES = text("""
    INSERT INTO closing_line
    WITH sale AS (
        SELECT row_number() OVER () AS n, source_id, asset_id, CAST(sign(amount_micros) AS int) AS sign,
            abs(fund_part(amount_micros, :reliability, 1000000000)) AS micros
        FROM closing_inflow WHERE pool_id = :pool
    ), total AS (
        SELECT sale.n, source_id, sign, micros / 1000000000 AS whole, micros % 1000000000 AS part, contributor_id,
            work_sha256, share_ppb AS share,
            sum(CAST(share_ppb AS int)) OVER (PARTITION BY sale.n, contributor_id) AS theirs
        FROM sale
        JOIN attribution_share AS share ON share.asset_id = sale.asset_id AND share.method_id = :method
    ), capped AS (
        SELECT n, source_id, sign, whole, part, contributor_id, CAST(work_sha256 AS text) COLLATE "C" AS work,
            CASE WHEN theirs > :cap THEN share * :cap / theirs ELSE share END AS share
        FROM total
    ), cut AS (
        SELECT *, part * share % 1000000000 AS rest FROM capped
    ), placed AS (
        SELECT *, row_number() OVER picture AS place, sum(CAST(rest AS int)) OVER picture AS rests,
            part * (1000000000 - sum(CAST(share AS int)) OVER picture) % 1000000000 AS spare
        FROM cut
        WINDOW picture AS (PARTITION BY n ORDER BY rest DESC, work
                           ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ), dealt AS (
        SELECT *, whole * share + part * share / 1000000000
            + CAST(place + CAST(spare >= rest AS int) <= (rests + spare) / 1000000000 AS int) AS micros
        FROM placed
    )
    SELECT contributor_id, :pool, source_id, work, NULL, NULL, NULL, share, sign * micros FROM dealt WHERE micros <> 0
""")  # noqa: E501  (SQL reads better unbroken)


def by_influence(
    conn: Connection, pool_id: str, *, method_id: str, reliability_ppb: int, cap_ppb: int
) -> None:
    """Divide what was poured into the pool, each source by the shares of its own picture."""
    conn.exec_driver_sql("ANALYZE closing_inflow")
    values = {"pool": pool_id, "method": method_id, "reliability": reliability_ppb, "cap": cap_ppb}
    conn.execute(_INFLUENCE_LINES, values)
