"""SQL of the influence part, most lines of a period: ``rules.by_influence`` for many sales at once."""

from __future__ import annotations

from sqlalchemy import Connection, text

# The reserve takes part in the largest remainder with what the caps cut off, and wins its ties, without
# being a row.
_INFLUENCE_LINES = text("""
    INSERT INTO closing_line
    WITH sale AS (
        SELECT row_number() OVER () AS n, source_id, asset_id, CAST(sign(amount_micros) AS int) AS sign,
            abs(fund_part(amount_micros, :reliability, 1000000000)) AS micros
        FROM closing_inflow WHERE pool_id = :pool
    ), total AS (
        SELECT sale.*, share.contributor_id, share.work_sha256, share.share_ppb, CAST(sum(share.share_ppb) OVER (
            PARTITION BY sale.n, share.contributor_id) AS bigint) AS theirs
        FROM sale
        JOIN attribution_share AS share ON share.asset_id = sale.asset_id AND share.method_id = :method
    ), capped AS (
        SELECT n, source_id, sign, micros, contributor_id, CAST(work_sha256 AS text) COLLATE "C" AS work,
            CASE WHEN theirs > :cap THEN share_ppb * :cap / theirs ELSE share_ppb END AS share
        FROM total
    ), cut AS (
        SELECT *, fund_part(micros, share, 1000000000) AS base, micros % 1000000000 * share % 1000000000 AS rest
        FROM capped
    ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY n ORDER BY rest DESC, work) AS place,
            CAST(sum(base) OVER picture AS bigint) AS given, 1000000000 - CAST(sum(share) OVER picture AS bigint) AS spare
        FROM cut
        WINDOW picture AS (PARTITION BY n ORDER BY rest DESC, work
                           ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ), dealt AS (
        SELECT *, base + CAST(place + CAST(micros % 1000000000 * spare % 1000000000 >= rest AS int)
            <= micros - given - fund_part(micros, spare, 1000000000) AS int) AS part
        FROM placed
    )
    SELECT contributor_id, :pool, source_id, work, NULL, NULL, NULL, share, sign * part FROM dealt WHERE part <> 0
""")  # noqa: E501  (SQL reads better unbroken)


def by_influence(
    conn: Connection, pool_id: str, *, method_id: str, reliability_ppb: int, cap_ppb: int
) -> None:
    """Divide what was poured into the pool, each source by the shares of its own picture."""
    conn.exec_driver_sql("ANALYZE closing_inflow")
    values = {"pool": pool_id, "method": method_id, "reliability": reliability_ppb, "cap": cap_ppb}
    conn.execute(_INFLUENCE_LINES, values)
