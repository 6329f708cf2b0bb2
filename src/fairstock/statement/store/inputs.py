"""SQL of what a pool was divided by: its sales, clusters and attributions, as anybody needs them to
recompute a line.

Attributions are read from the table of the attribution context by name, as the fund's division does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from fairstock.kit.money import Money
from fairstock.statement.model import Member

FETCH = 5_000
"""Rows held in memory while a long result is read."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A sale, deal, refund or share of a year's reserve that flowed into a pool."""

    pool_id: str
    source_id: str
    kind: str
    date: str
    license: str | None
    territory: str | None
    picture: str | None
    deal_share_ppm: int | None
    """The fund's share that a deal states, in millionths."""
    refunds: str | None
    refund_kind: str | None
    original_gross: Money | None
    """For a refund, like the next two: price of the sale or deal, and the fund's part of it."""
    original_fund: Money | None
    before: Money | None
    """Given back of the price before this refund."""
    gross: Money
    fund: Money
    policy_version: str
    part: Money


_SOURCES = """
    SELECT inflow.pool_id, accrual.source_id, accrual.source_kind AS kind, accrual.currency,
           to_char(accrual.accrued_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS date,
           sale.size || ' px, tier ' || sale.tier AS license,
           coalesce(sale.territory, deal.territory) AS territory, accrual.asset_id AS picture,
           deal.fund_share_ppm AS deal_share_ppm,
           coalesce(refund.sale_id, refund.deal_id) AS refunds, refund.kind AS refund_kind,
           coalesce(sale.amount_micros, deal.amount_micros) + 0 * refund.amount_micros AS original_gross,
           original.amount_micros AS original_fund, refund.before_micros AS before,
           coalesce(-refund.amount_micros, sale.amount_micros, deal.amount_micros, accrual.amount_micros)
               AS gross,
           accrual.amount_micros AS fund, accrual.policy_version, inflow.amount_micros AS part
    FROM fund_inflow AS inflow
    JOIN fund_accrual AS accrual ON accrual.id = inflow.accrual_id
    LEFT JOIN fund_accrual AS original ON original.id = accrual.reverses_id
    LEFT JOIN license_refund AS refund ON accrual.source_kind = 'refund' AND refund.id = accrual.source_id
    LEFT JOIN license_sale AS sale
        ON sale.id = CASE accrual.source_kind WHEN 'sale' THEN accrual.source_id ELSE refund.sale_id END
    LEFT JOIN fund_deal AS deal
        ON deal.id = CASE accrual.source_kind WHEN 'deal' THEN accrual.source_id ELSE refund.deal_id END
    WHERE inflow.pool_id = ANY(:pools) AND {which}
    ORDER BY inflow.pool_id, date, accrual.source_id
"""

_ALL_SOURCES = text(_SOURCES.format(which="true"))
_SOME_SOURCES = text(_SOURCES.format(which="accrual.source_id = ANY(:sources)"))

_CLUSTERED = """
    SELECT pool.id AS pool_id, CAST(entry.cluster AS text) AS cluster, entry.contributor_id,
        entry.work_sha256, utc_text(entry.published_at) AS published
    FROM fund_pool AS pool JOIN training_manifest_entry AS entry ON entry.release_id = pool.release_id
    WHERE pool.part = 'floor' AND pool.id = ANY(:pools)
    UNION
    SELECT pool.id, work.cluster, work.contributor_id, work.work_sha256, utc_text(work.published_at)
    FROM fund_pool AS pool JOIN fund_deal_work AS work ON work.deal_id = pool.deal_id
    WHERE pool.part = 'deal' AND pool.id = ANY(:pools)
    UNION
    SELECT pool.id, work.cluster, work.contributor_id, work.work_sha256, utc_text(work.published_at)
    FROM fund_pool AS pool
    JOIN fund_inflow AS inflow ON inflow.pool_id = pool.id
    JOIN fund_accrual AS accrual ON accrual.id = inflow.accrual_id
    JOIN fund_reserve_work AS work ON work.share_id = accrual.source_id
    WHERE pool.part = 'reserve' AND pool.id = ANY(:pools)
"""

_MEMBERS = text(f"""
    SELECT * FROM ({_CLUSTERED}) AS member
    WHERE CAST(:all AS boolean) OR (pool_id, cluster) IN (
        SELECT * FROM unnest(CAST(:own_pools AS text[]), CAST(:clusters AS text[]))
    )
    ORDER BY pool_id, cluster COLLATE "C", contributor_id, work_sha256
""")  # noqa: S608 - only text of this file is put together

_CLUSTERS = text(f"""
    SELECT DISTINCT pool_id, cluster COLLATE "C" AS cluster FROM ({_CLUSTERED}) AS member ORDER BY 1, 2
""")  # noqa: S608

_SHARES = text("""
    SELECT wanted.picture, wanted.method_id, share.work_sha256, share.contributor_id, share.share_ppb
    FROM unnest(CAST(:pictures AS text[]), CAST(:methods AS text[])) AS wanted (picture, method_id)
    JOIN attribution_share AS share ON share.asset_id = wanted.picture AND share.method_id = wanted.method_id
    ORDER BY wanted.picture, wanted.method_id, share.work_sha256
""")


def sources(
    conn: Connection, pool_ids: Sequence[str], only: Sequence[str] | None = None
) -> Iterator[SourceRow]:
    """What flowed into the pools, by pool, date and id; ``only`` names the sales and deals that are
    wanted.
    """
    values = {"pools": list(pool_ids), "sources": list(only or ())}
    query = _ALL_SOURCES if only is None else _SOME_SOURCES
    with conn.execute(query, values, execution_options={"yield_per": FETCH}) as rows:
        for row in rows.mappings():
            found = dict(row)
            currency = found.pop("currency")
            for name in ("gross", "fund", "part", "original_gross", "original_fund", "before"):
                found[name] = None if found[name] is None else Money(found[name], currency)
            yield SourceRow(**found)


def members(
    conn: Connection, pool_ids: Sequence[str], own: Sequence[tuple[str, str]] | None = None
) -> Iterator[Member]:
    """Works with a vote in floor and deal pools; ``own`` names the (pool, cluster) pairs that are wanted."""
    values = {
        "pools": list(pool_ids),
        "all": own is None,
        "own_pools": [pool_id for pool_id, _ in own or ()],
        "clusters": [cluster for _, cluster in own or ()],
    }
    with conn.execute(_MEMBERS, values, execution_options={"yield_per": FETCH}) as rows:
        for row in rows:
            yield Member(*row)


def clusters(conn: Connection, pool_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Pool → its clusters, in order; pools without clusters are left out."""
    found: dict[str, list[str]] = {}
    for pool_id, cluster in conn.execute(_CLUSTERS, {"pools": list(pool_ids)}):
        found.setdefault(pool_id, []).append(cluster)
    return {pool_id: tuple(names) for pool_id, names in found.items()}


def shares(
    conn: Connection, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], list[tuple[str, str, int]]]:
    """(Picture, method) → (work, contributor, share in 10^-9) of every work with a share, by work."""
    values = {"pictures": [picture for picture, _ in wanted], "methods": [method for _, method in wanted]}
    found: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    for picture, method_id, work, contributor, ppb in conn.execute(_SHARES, values):
        found.setdefault((picture, method_id), []).append((work, contributor, ppb))
    return found
