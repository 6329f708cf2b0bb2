"""SQL of the close: which incomes share a pool, what decides the division, and keeping what was drafted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from fairstock.fund.model import FundPolicy, Pool
from fairstock.fund.store import pools
from fairstock.kit.months import checked_month

CHUNK = 10_000
"""Lines that are hashed at once for the digest of the inputs; part of its definition."""


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


@dataclass(frozen=True, slots=True)
class DealInflow:
    """What a period has of a deal: its price's fund part, and what refunds took back of it."""

    currency: str
    deal_id: str
    sources: int
    micros: int


_FLOORS = text("""
    SELECT currency, release_id, NULL AS method_id, CAST(NULL AS bigint) AS reliability_ppb,
           count(*) AS sources, CAST(sum(fund_part(amount_micros, :floor_ppm, 1000000)) AS bigint) AS micros
    FROM closing_income WHERE asset_id IS NOT NULL
    GROUP BY currency, release_id
    ORDER BY currency, release_id
""")

_INFLUENCES = text("""
    SELECT currency, release_id, method_id, reliability_ppb, count(*) AS sources,
           CAST(sum(amount_micros - fund_part(amount_micros, :floor_ppm, 1000000)) AS bigint) AS micros
    FROM closing_income WHERE asset_id IS NOT NULL
    GROUP BY currency, release_id, method_id, reliability_ppb
    ORDER BY currency, release_id, method_id
""")

_DEALS = text("""
    SELECT currency, deal_id, count(*) AS sources, CAST(sum(amount_micros) AS bigint) AS micros
    FROM closing_income WHERE deal_id IS NOT NULL
    GROUP BY currency, deal_id
    ORDER BY currency, deal_id
""")

_HAS_MANIFEST = text("SELECT EXISTS (SELECT FROM training_manifest_entry WHERE release_id = :release)")

# Chunks keep every text far below PostgreSQL's limit of 1 GB.
_DIGEST = text("""
    WITH line AS (
        SELECT 'accrual' AS kind, id AS one, source_id AS two, concat_ws(E'\\x1f', 'accrual', id, source_id,
            coalesce(asset_id, ''), coalesce(release_id, ''), currency, amount_micros, coalesce(reverses_id, ''),
            coalesce(divided_in, '')) AS line
        FROM fund_accrual WHERE period = :period
        UNION ALL
        SELECT DISTINCT 'attribution', asset_id, method_id,
            concat_ws(E'\\x1f', 'attribution', asset_id, method_id, coalesce(reliability_ppb::text, ''))
        FROM closing_income WHERE method_id IS NOT NULL
        UNION ALL
        SELECT 'deal work', deal_id, asset_id,
            concat_ws(E'\\x1f', 'deal work', deal_id, asset_id, work_sha256, contributor_id, cluster, utc_text(published_at))
        FROM fund_deal_work WHERE deal_id IN (SELECT deal_id FROM closing_income)
        UNION ALL
        SELECT 'manifest', release_id, work_sha256,
            concat_ws(E'\\x1f', 'manifest', release_id, work_sha256, contributor_id, cluster, utc_text(published_at))
        FROM training_manifest_entry WHERE release_id IN (SELECT release_id FROM closing_income)
        UNION ALL
        SELECT 'reserve work', share_id, work_sha256,
            concat_ws(E'\\x1f', 'reserve work', share_id, work_sha256, contributor_id, cluster, utc_text(published_at))
        FROM fund_reserve_work WHERE share_id IN (SELECT source_id FROM closing_income)
        UNION ALL
        SELECT 'policy', :version, '', concat_ws(
            E'\\x1f', 'policy', CAST(:version AS text), encode(sha256(convert_to(:body, 'UTF8')), 'hex'))
    ), numbered AS (
        SELECT line, row_number() OVER (ORDER BY kind COLLATE "C", one COLLATE "C", two COLLATE "C") - 1 AS n FROM line
    ), chunk AS (
        SELECT n / :chunk AS n, sha256(convert_to(string_agg(line || E'\\n', '' ORDER BY n), 'UTF8')) AS hash
        FROM numbered GROUP BY 1
    )
    SELECT encode(sha256(string_agg(hash, ''::bytea ORDER BY n)), 'hex') FROM chunk
""")  # noqa: E501  (SQL reads better unbroken)

_KEEP_INFLOWS = text("""
    INSERT INTO fund_inflow (pool_id, accrual_id, amount_micros)
    SELECT pool_id, accrual_id, amount_micros FROM closing_inflow
""")

# A table of its own takes rows in half the time that an INSERT needs, and has its index built at once.
_KEEP_LINES = """
    CREATE TABLE {lines} AS
    SELECT CAST('{period}' AS char(7)) AS period, contributor_id, pool_id, source_id,
        CAST(work_sha256 AS char(64)) AS work_sha256, cluster, cluster_contributors, contributor_works,
        share_ppb, amount_micros
    FROM closing_line WHERE amount_micros <> 0
    ORDER BY contributor_id, pool_id, source_id, work_sha256
"""

_ATTACH = text("SELECT fund_attach_allocations(CAST(:lines AS regclass), :period)")

_UNATTRIBUTED = text("""
    SELECT count(*) FROM fund_accrual AS accrual
    JOIN model_release AS release ON release.id = accrual.release_id AND release.works > 0
    WHERE accrual.period = :period AND accrual.source_kind = 'sale'
        AND NOT EXISTS (SELECT FROM attribution_result AS made WHERE made.asset_id = accrual.asset_id)
""")

_EARLIER = text("SELECT min(id) FROM fund_period WHERE state = 'open' AND id < :period")


def floor_inflows(conn: Connection, policy: FundPolicy) -> list[Inflow]:
    """The floor parts of the gathered sales, by currency and release."""
    rows = conn.execute(_FLOORS, {"floor_ppm": policy.floor_ppm})
    return [Inflow(**row) for row in rows.mappings()]


def influence_inflows(conn: Connection, policy: FundPolicy) -> list[Inflow]:
    """The influence parts of the gathered sales, by currency, release and attribution method."""
    rows = conn.execute(_INFLUENCES, {"floor_ppm": policy.floor_ppm})
    return [Inflow(**row) for row in rows.mappings()]


def deal_inflows(conn: Connection) -> list[DealInflow]:
    """The fund parts of the gathered deals, by currency and deal."""
    return [DealInflow(**row) for row in conn.execute(_DEALS).mappings()]


def has_manifest(conn: Connection, release_id: str | None) -> bool:
    """Whether works with a vote are known for the release; never for a model that nobody registered."""
    return bool(release_id and conn.scalar(_HAS_MANIFEST, {"release": release_id}))


def input_digest(conn: Connection, period: str, policy: FundPolicy) -> str:
    """SHA-256 in hex over everything gathered that decides the division: policy, manifests, accruals, works
    of deals and of reserves, and which attribution counted.

    The lines are sorted by kind and keys, every ``CHUNK`` of them are hashed, each line ended by a newline,
    and the hashes are hashed again.
    """
    found: str = conn.scalars(
        _DIGEST, {"period": period, "version": policy.version, "body": policy.body, "chunk": CHUNK}
    ).one()
    return found


def keep(conn: Connection, period: str, drafted: Sequence[Pool]) -> None:
    """Write the pools with all that was drafted for them. Lines of nothing are left out; the others become
    the period's partition in the order of statements, so that a statement's lines lie together.
    """
    for pool in drafted:
        pools.add_pool(conn, pool)
    conn.execute(_KEEP_INFLOWS)
    lines = f"fund_allocation_{checked_month(period).replace('-', '_')}"
    conn.exec_driver_sql(_KEEP_LINES.format(lines=lines, period=period))
    conn.execute(_ATTACH, {"lines": lines, "period": period})
    conn.exec_driver_sql(f"ANALYZE {lines}")


def unattributed(conn: Connection, period: str) -> int:
    """Sales of the period whose picture a release made and no method has looked at."""
    return int(conn.scalar(_UNATTRIBUTED, {"period": period}) or 0)


def earlier_open(conn: Connection, period: str) -> str | None:
    """The first month before the period that is still open."""
    found: str | None = conn.scalar(_EARLIER, {"period": period})
    return found
