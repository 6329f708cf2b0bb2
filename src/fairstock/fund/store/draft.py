"""SQL that divides a period into temporary tables, many rows at a time, before anything is kept of it.

``closing_income``   every accrual that the period divides by its own rules, with the attribution that counts
                     for its picture: sales, deals and refunds of them. A refund of what an earlier period
                     divided goes back by that period's rules, into a pool of its own (``store.refunds``)
``closing_inflow``   what of each accrual flows into which pool
``closing_line``     what each work gets from each pool: the rules of ``rules.by_cluster`` and
                     ``rules.by_influence``, which a property test compares to the micro-unit
``closing_earned``   what each contributor gets from each pool

The tables go with the transaction. A close keeps them (``store.division.keep``), a replay only looks.
Attribution is read by name, through the view ``current_attribution`` and the table behind it, and only here:
fund and attribution are siblings and do not import each other.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

from fairstock.fund.model import ClusterVote

PLANNING = ("work_mem = '256MB'", "jit = off")
"""For this transaction only: sorts of millions of lines in memory, and no compiling of single queries."""


_TABLES = """
    DROP TABLE IF EXISTS closing_income, closing_inflow, closing_line, closing_earned;
    CREATE TEMP TABLE closing_income (
        accrual_id text, source_id text, asset_id text, release_id text, deal_id text, currency char(3),
        amount_micros bigint, method_id text, reliability_ppb bigint
    ) ON COMMIT DROP;
    CREATE TEMP TABLE closing_inflow (
        pool_id text, accrual_id text, source_id text, asset_id text, amount_micros bigint
    ) ON COMMIT DROP;
    CREATE TEMP TABLE closing_line (
        contributor_id text COLLATE "C", pool_id text COLLATE "C", source_id text COLLATE "C",
        work_sha256 text COLLATE "C", cluster text, cluster_contributors int, contributor_works int,
        share_ppb bigint, amount_micros bigint
    ) ON COMMIT DROP;
    CREATE TEMP TABLE closing_earned (
        contributor_id text COLLATE "C", pool_id text COLLATE "C", amount_micros bigint
    ) ON COMMIT DROP;
"""

_GATHER = text("""
    INSERT INTO closing_income
    SELECT accrual.id, accrual.source_id, accrual.asset_id, accrual.release_id,
        CASE 'deal' WHEN accrual.source_kind THEN accrual.source_id
            WHEN reversed.source_kind THEN reversed.source_id END,
        accrual.currency, accrual.amount_micros, made.method_id, made.reliability_ppb
    FROM fund_accrual AS accrual
    LEFT JOIN fund_accrual AS reversed ON reversed.id = accrual.reverses_id
    LEFT JOIN current_attribution AS made
        ON made.asset_id = accrual.asset_id AND made.release_id = accrual.release_id AND made.works > 0
    WHERE accrual.period = :period AND accrual.divided_in IS NULL
""")

# A closed period keeps in its influence pools which attribution counted; a newer one changes nothing.
_GATHER_CLOSED = text("""
    INSERT INTO closing_income
    SELECT accrual.id, accrual.source_id, accrual.asset_id, accrual.release_id,
        CASE 'deal' WHEN accrual.source_kind THEN accrual.source_id
            WHEN reversed.source_kind THEN reversed.source_id END,
        accrual.currency, accrual.amount_micros, made.method_id, made.reliability_ppb
    FROM fund_accrual AS accrual
    LEFT JOIN fund_accrual AS reversed ON reversed.id = accrual.reverses_id
    LEFT JOIN (
        SELECT inflow.accrual_id, pool.method_id, pool.reliability_ppb
        FROM fund_pool AS pool JOIN fund_inflow AS inflow ON inflow.pool_id = pool.id
        WHERE pool.period = :period AND pool.part = 'influence'
    ) AS made ON made.accrual_id = accrual.id
    WHERE accrual.period = :period AND accrual.divided_in IS NULL
""")

_POUR = """
    INSERT INTO closing_inflow
    SELECT :pool, accrual_id, source_id, asset_id, %s
    FROM closing_income
    WHERE currency = :currency AND asset_id IS NOT NULL
        AND release_id IS NOT DISTINCT FROM CAST(:release AS text)
"""
_FLOOR_OF = "fund_part(amount_micros, :floor_ppm, 1000000)"
_POUR_FLOOR = text(_POUR % _FLOOR_OF)
_POUR_INFLUENCE = text(
    _POUR % ("amount_micros - " + _FLOOR_OF) + "AND method_id IS NOT DISTINCT FROM CAST(:method AS text)"
)
_POUR_DEAL = text("""
    INSERT INTO closing_inflow
    SELECT :pool, accrual_id, source_id, asset_id, amount_micros FROM closing_income
    WHERE deal_id = :deal AND currency = :currency
""")

_POUR_RESERVE = text("""
    INSERT INTO closing_inflow
    SELECT :pool, accrual_id, source_id, NULL, amount_micros FROM closing_income WHERE source_id = :share
""")

# Three divisions into equal parts, one inside the other. bytea sorts as its hex, so the draw is that of
# ``rules.draw``.
_BY_CLUSTER = """
    INSERT INTO closing_line
    WITH vote AS (
        SELECT DISTINCT cluster, contributor_id, work_sha256 FROM (
            SELECT *, rank() OVER (PARTITION BY cluster ORDER BY published_at NULLS FIRST) AS place
            FROM (%s) AS frozen
        ) AS works WHERE place = 1 OR NOT CAST(:first AS boolean)
    ), cluster_part AS (
        SELECT cluster, abs(CAST(:micros AS bigint)) / n + CAST(
            row_number() OVER (ORDER BY sha256(convert_to(:pool || '|' || cluster, 'UTF8')))
                <= abs(CAST(:micros AS bigint)) %% n AS int) AS micros
        FROM (SELECT cluster, count(*) OVER () AS n FROM vote GROUP BY cluster) AS cluster
    ), contributor_part AS (
        SELECT cluster, contributor_id, n, micros / n + CAST(
            row_number() OVER (
                PARTITION BY cluster ORDER BY sha256(convert_to(:pool || '|' || contributor_id, 'UTF8'))
            ) <= micros %% n AS int) AS micros
        FROM (
            SELECT cluster, contributor_id, micros, count(*) OVER (PARTITION BY cluster) AS n
            FROM vote JOIN cluster_part USING (cluster) GROUP BY cluster, contributor_id, micros
        ) AS contributor
    ), work_part AS (
        SELECT cluster, contributor_id, work_sha256, contributors, n, micros / n + CAST(
            row_number() OVER (
                PARTITION BY cluster, contributor_id
                ORDER BY sha256(convert_to(:pool || '|' || work_sha256, 'UTF8'))
            ) <= micros %% n AS int) AS micros
        FROM (
            SELECT cluster, contributor_id, work_sha256, part.n AS contributors, micros,
                count(*) OVER (PARTITION BY cluster, contributor_id) AS n
            FROM vote JOIN contributor_part AS part USING (cluster, contributor_id)
        ) AS work
    )
    SELECT contributor_id, :pool, :of, work_sha256, cluster, contributors, n, NULL,
        CASE WHEN CAST(:micros AS bigint) < 0 THEN -micros ELSE micros END
    FROM work_part
"""
_RELEASE_WORKS = """
    SELECT CAST(cluster AS text) AS cluster, contributor_id, CAST(work_sha256 AS text) AS work_sha256,
        published_at
    FROM training_manifest_entry WHERE release_id = :of
"""
_DEAL_WORKS = """
    SELECT cluster, contributor_id, CAST(work_sha256 AS text) AS work_sha256, published_at
    FROM fund_deal_work WHERE deal_id = :of
"""
_FLOOR_LINES, _DEAL_LINES = text(_BY_CLUSTER % _RELEASE_WORKS), text(_BY_CLUSTER % _DEAL_WORKS)
_RESERVE_WORKS = """
    SELECT cluster, contributor_id, CAST(work_sha256 AS text) AS work_sha256, published_at
    FROM fund_reserve_work WHERE share_id = :of
"""
_RESERVE_LINES = text(_BY_CLUSTER % _RESERVE_WORKS)
_RESERVE_CLUSTERS = text("SELECT count(DISTINCT cluster) FROM fund_reserve_work WHERE share_id = :of")
_RELEASE_CLUSTERS = text("SELECT count(DISTINCT cluster) FROM training_manifest_entry WHERE release_id = :of")
_DEAL_CLUSTERS = text("SELECT count(DISTINCT cluster) FROM fund_deal_work WHERE deal_id = :of")

_SUM_UP = text("""
    INSERT INTO closing_earned
    SELECT contributor_id, pool_id, sum(amount_micros) FROM closing_line
    WHERE amount_micros <> 0 GROUP BY contributor_id, pool_id
""")

_EARNED = text("""
    SELECT contributor_id, CAST(sum(amount_micros) AS bigint) AS micros FROM closing_earned
    WHERE pool_id = ANY(:pools) GROUP BY contributor_id ORDER BY contributor_id COLLATE "C"
""")


def begin(conn: Connection, period: str, *, closed: bool = False) -> None:
    """Make the tables anew and gather the income of the period; of a closed one with the attribution that
    counted at its close.
    """
    for setting in PLANNING:
        conn.exec_driver_sql(f"SET LOCAL {setting}")
    conn.exec_driver_sql(_TABLES, execution_options={"no_parameters": True})  # several statements
    conn.execute(_GATHER_CLOSED if closed else _GATHER, {"period": period})
    conn.exec_driver_sql("ANALYZE closing_income")


def pour_floor(
    conn: Connection, pool_id: str, *, currency: str, release_id: str | None, floor_ppm: int
) -> None:
    """Note the floor parts that sales of a release pay into the pool."""
    conn.execute(
        _POUR_FLOOR, {"pool": pool_id, "currency": currency, "release": release_id, "floor_ppm": floor_ppm}
    )


def pour_influence(
    conn: Connection,
    pool_id: str,
    *,
    currency: str,
    release_id: str | None,
    method_id: str | None,
    floor_ppm: int,
) -> None:
    """Note the influence parts that sales of a release pay into the pool, of those attributed by the
    method.
    """
    values = {"pool": pool_id, "currency": currency, "release": release_id, "method": method_id}
    conn.execute(_POUR_INFLUENCE, {**values, "floor_ppm": floor_ppm})


def pour_deal(conn: Connection, pool_id: str, *, currency: str, deal_id: str) -> None:
    """Note that a deal pays its fund part into its pool."""
    conn.execute(_POUR_DEAL, {"pool": pool_id, "deal": deal_id, "currency": currency})


def by_cluster_of_release(
    conn: Connection, pool_id: str, micros: int, release_id: str, vote: ClusterVote
) -> int:
    """Divide ``micros`` over the works of a release, one vote a cluster; returns the number of clusters.

    Where it is 0 nothing is divided. The lines name the release as their source.
    """
    conn.execute(_FLOOR_LINES, _by_cluster(pool_id, micros, release_id, vote))
    return int(conn.scalar(_RELEASE_CLUSTERS, {"of": release_id}) or 0)


def by_cluster_of_deal(conn: Connection, pool_id: str, micros: int, deal_id: str, vote: ClusterVote) -> int:
    """Divide ``micros`` over the works that a deal delivered, as ``by_cluster_of_release``."""
    conn.execute(_DEAL_LINES, _by_cluster(pool_id, micros, deal_id, vote))
    return int(conn.scalar(_DEAL_CLUSTERS, {"of": deal_id}) or 0)


def reserve_share(conn: Connection, pool_id: str, micros: int, share_id: str, vote: ClusterVote) -> int:
    """Pour a share of a year's reserve into the pool and divide it over the works frozen with it, as
    ``by_cluster_of_release``.
    """
    conn.execute(_POUR_RESERVE, {"pool": pool_id, "share": share_id})
    conn.execute(_RESERVE_LINES, _by_cluster(pool_id, micros, share_id, vote))
    return int(conn.scalar(_RESERVE_CLUSTERS, {"of": share_id}) or 0)


def _by_cluster(pool_id: str, micros: int, of: str, vote: ClusterVote) -> dict[str, object]:
    return {"pool": pool_id, "micros": micros, "of": of, "first": vote is ClusterVote.first}


def sum_up(conn: Connection) -> dict[str, int]:
    """Read all lines once: keep in ``closing_earned`` what each contributor got from each pool, and return
    the micro-units that each pool gave, for those that gave any.
    """
    conn.execute(_SUM_UP)
    conn.exec_driver_sql("ANALYZE closing_earned")
    query = text(
        "SELECT pool_id, CAST(sum(amount_micros) AS bigint) AS micros FROM closing_earned GROUP BY pool_id"
    )
    return {row.pool_id: row.micros for row in conn.execute(query)}


def earned(conn: Connection, pool_ids: Iterable[str]) -> dict[str, int]:
    """Contributor → micro-units from these pools, by id; everybody who has a line in them."""
    rows = conn.execute(_EARNED, {"pools": list(pool_ids)})
    return {row.contributor_id: row.micros for row in rows}
