"""SQL of statements. What several contexts hold together is read here in one query each, instead of row by
row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from fairstock.statement.tables import input_file, issue


@dataclass(frozen=True, slots=True)
class Balance:
    """What a contributor was owed in one currency before a period, and what it changed."""

    contributor_id: str
    currency: str
    opening: int
    earned: int
    """By the close of the period."""
    closing: int


_BALANCES = text("""
    SELECT contributor_id, currency,
           CAST(coalesce(sum(amount_micros) FILTER (WHERE period < :period), 0) AS bigint) AS opening,
           CAST(
               coalesce(sum(amount_micros) FILTER (WHERE period = :period AND kind = 'period_close'), 0)
               AS bigint
           ) AS earned,
           CAST(sum(amount_micros) AS bigint) AS closing
    FROM (
        SELECT contributor_id, currency, period, kind, amount_micros FROM payable_movement
        WHERE account = ANY(:accounts) AND period <= :period
        UNION ALL  -- lines that sum to nothing move no balance, and are shown all the same
        SELECT DISTINCT line.contributor_id, pool.currency, line.period, 'line', 0
        FROM fund_allocation AS line JOIN fund_pool AS pool ON pool.id = line.pool_id
        WHERE line.period = :period AND line.contributor_id = ANY(:contributors)
    ) AS shown
    GROUP BY contributor_id, currency
    ORDER BY contributor_id, currency
""")

_RECIPIENTS = text("""
    SELECT contributor_id FROM payable_movement WHERE period = :period
    UNION
    SELECT contributor_id FROM fund_allocation WHERE period = :period
    UNION
    SELECT contributor_id FROM payable_movement WHERE period < :period
    GROUP BY contributor_id, currency HAVING sum(amount_micros) <> 0
    ORDER BY contributor_id
""")

_TITLES = text("""
    SELECT DISTINCT ON (wanted.sha) wanted.sha, coalesce(entry.title, asset.title) AS title
    FROM unnest(CAST(:works AS text[])) AS wanted (sha)
    LEFT JOIN training_manifest_entry AS entry
        ON entry.work_sha256 = wanted.sha AND entry.release_id = ANY(:releases)
    LEFT JOIN asset ON asset.sha256 = wanted.sha AND asset.kind = 'human'
    ORDER BY wanted.sha, entry.release_id DESC NULLS LAST, asset.created_at, asset.id
""")

_POLICIES = text("SELECT version, body FROM fund_policy ORDER BY version")

_MIRRORED = text("""
    SELECT pool.id, period.policy_version
    FROM fund_pool AS pool
    JOIN fund_pool AS origin ON origin.id = pool.mirrors_id
    JOIN fund_period AS period ON period.id = origin.period
    WHERE pool.id = ANY(:pools)
""")

_METHODS = text("SELECT id, name || ' ' || version AS name FROM attribution_method WHERE id = ANY(:methods)")


def balances(conn: Connection, period: str, contributor_ids: Sequence[str]) -> list[Balance]:
    """What the contributors were owed before the period and at its end, by contributor and currency."""
    values = {
        "accounts": [f"payable:{each}" for each in contributor_ids],
        "contributors": list(contributor_ids),
        "period": period,
    }
    return [Balance(**row) for row in conn.execute(_BALANCES, values).mappings()]


def recipients(conn: Connection, period: str) -> list[str]:
    """Everybody who gets a statement: who earned or was paid in the period, or is owed something
    from before.
    """
    return list(conn.scalars(_RECIPIENTS, {"period": period}))


def titles(conn: Connection, works: Sequence[str], release_ids: Sequence[str]) -> dict[str, str]:
    """Digest → title of the work, as the releases' manifests or else the catalogue give it."""
    rows = conn.execute(_TITLES, {"works": list(works), "releases": list(release_ids)})
    return {sha: title or "" for sha, title in rows}


def methods(conn: Connection, method_ids: Sequence[str]) -> dict[str, str]:
    """Attribution method → its name and version."""
    rows = conn.execute(_METHODS, {"methods": list(method_ids)})
    return {row.id: row.name for row in rows}


def policies(conn: Connection) -> list[tuple[str, str]]:
    """Version and text of every fund policy that was used."""
    return [(version, body) for version, body in conn.execute(_POLICIES)]


def mirrored_policies(conn: Connection, pool_ids: Sequence[str]) -> dict[str, str]:
    """Pool of refunds → the policy that divided what they take back."""
    rows = conn.execute(_MIRRORED, {"pools": list(pool_ids)})
    return {row.id: row.policy_version for row in rows}


def inputs_of(conn: Connection, pool_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Pool → SHA-256 of the files with its inputs, in order; pools without files are left out."""
    query = (
        select(input_file.c.pool_id, input_file.c.sha256)
        .where(input_file.c.pool_id.in_(list(pool_ids)))
        .order_by(input_file.c.pool_id, input_file.c.number)
    )
    found: dict[str, tuple[str, ...]] = {}
    for pool_id, sha256 in conn.execute(query):
        found[pool_id] = (*found.get(pool_id, ()), sha256)
    return found


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
