"""SQL of statements. What several contexts hold together is read here in one query each, instead of row by
row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from fairstock.fund.model import SourceLine
from fairstock.kit.money import Money
from fairstock.statement.tables import issue


@dataclass(frozen=True, slots=True)
class Movement:
    """A change of what a contributor is owed; before the period they are summed up under the kind
    ``opening``.
    """

    contributor_id: str
    currency: str
    kind: str
    key: str
    date: str
    memo: str
    micros: int


_MOVEMENTS = text("""
    SELECT contributor_id, currency, 'opening' AS kind, '' AS key, '' AS date, '' AS memo,
           CAST(sum(amount_micros) AS bigint) AS micros
    FROM payable_movement
    WHERE account = ANY(:accounts) AND period < :period
    GROUP BY contributor_id, currency
    UNION ALL
    SELECT contributor_id, currency, kind, key, to_char(effective_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), memo,
           amount_micros
    FROM payable_movement
    WHERE account = ANY(:accounts) AND period = :period
    ORDER BY contributor_id, currency, date, key
""")

_RECIPIENTS = text("""
    SELECT contributor_id FROM payable_movement WHERE period = :period
    UNION
    SELECT contributor_id FROM payable_movement WHERE period < :period
    GROUP BY contributor_id, currency HAVING sum(amount_micros) <> 0
    ORDER BY contributor_id
""")

_SOURCES = text("""
    SELECT inflow.pool_id, accrual.source_id, accrual.currency,
           to_char(accrual.accrued_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS date,
           coalesce(sale.amount_micros, deal.amount_micros) AS gross, accrual.amount_micros AS fund,
           inflow.amount_micros AS part
    FROM fund_inflow AS inflow
    JOIN fund_accrual AS accrual ON accrual.id = inflow.accrual_id
    LEFT JOIN license_sale AS sale ON accrual.source_kind = 'sale' AND sale.id = accrual.source_id
    LEFT JOIN fund_deal AS deal ON accrual.source_kind = 'deal' AND deal.id = accrual.source_id
    WHERE inflow.pool_id = ANY(:pools)
    ORDER BY inflow.pool_id, date, accrual.source_id
""")

_TITLES = text("""
    SELECT DISTINCT ON (wanted.sha) wanted.sha, coalesce(entry.title, asset.title) AS title
    FROM unnest(CAST(:works AS text[])) AS wanted (sha)
    LEFT JOIN training_manifest_entry AS entry
        ON entry.work_sha256 = wanted.sha AND entry.release_id = ANY(:releases)
    LEFT JOIN asset ON asset.sha256 = wanted.sha AND asset.kind = 'human'
    ORDER BY wanted.sha, entry.release_id DESC NULLS LAST, asset.created_at, asset.id
""")

_METHODS = text("SELECT id, name || ' ' || version AS name FROM attribution_method WHERE id = ANY(:methods)")


def movements(conn: Connection, period: str, contributor_ids: Sequence[str]) -> list[Movement]:
    """What the contributors were owed before the period, and everything that changed it in the period."""
    values = {"accounts": [f"payable:{each}" for each in contributor_ids], "period": period}
    return [Movement(**row) for row in conn.execute(_MOVEMENTS, values).mappings()]


def recipients(conn: Connection, period: str) -> list[str]:
    """Everybody who gets a statement: who earned or was paid in the period, or is owed something
    from before.
    """
    return list(conn.scalars(_RECIPIENTS, {"period": period}))


def source_lines(conn: Connection, pool_ids: Sequence[str]) -> dict[str, tuple[SourceLine, ...]]:
    """Pool → the sales or deals that paid into it, by date and id."""
    found: dict[str, list[SourceLine]] = {pool_id: [] for pool_id in pool_ids}
    for row in conn.execute(_SOURCES, {"pools": list(pool_ids)}):
        gross, fund, part = (Money(micros, row.currency) for micros in (row.gross, row.fund, row.part))
        found[row.pool_id].append(SourceLine(row.source_id, row.date, gross, fund, part))
    return {pool_id: tuple(lines) for pool_id, lines in found.items()}


def titles(conn: Connection, works: Sequence[str], release_ids: Sequence[str]) -> dict[str, str]:
    """Digest → title of the work, as the releases' manifests or else the catalogue give it."""
    rows = conn.execute(_TITLES, {"works": list(works), "releases": list(release_ids)})
    return {sha: title or "" for sha, title in rows}


def methods(conn: Connection, method_ids: Sequence[str]) -> dict[str, str]:
    """Attribution method → its name and version."""
    rows = conn.execute(_METHODS, {"methods": list(method_ids)})
    return {row.id: row.name for row in rows}


def record_issue(
    conn: Connection, period: str, contributor_id: str, *, json_sha256: str, csv_sha256: str, at: datetime
) -> int:
    """Note that a statement was published and return its revision; the same bytes as last time are the same
    revision.
    """
    query = (
        select(issue.c.revision, issue.c.json_sha256, issue.c.csv_sha256)
        .where(issue.c.period == period, issue.c.contributor_id == contributor_id)
        .order_by(issue.c.revision.desc())
        .limit(1)
    )
    last = conn.execute(query).one_or_none()
    if last is not None and (last.json_sha256, last.csv_sha256) == (json_sha256, csv_sha256):
        return int(last.revision)
    revision = 1 if last is None else int(last.revision) + 1
    conn.execute(
        insert(issue).values(
            period=period,
            contributor_id=contributor_id,
            revision=revision,
            json_sha256=json_sha256,
            csv_sha256=csv_sha256,
            issued_at=at,
        )
    )
    return revision


def issued(conn: Connection, period: str) -> int:
    """Contributors who have a published statement of the period."""
    query = select(func.count(issue.c.contributor_id.distinct())).where(issue.c.period == period)
    return conn.scalars(query).one()
