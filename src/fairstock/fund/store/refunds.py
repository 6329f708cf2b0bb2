"""SQL on what refunds take back from the pools of earlier periods."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from fairstock.fund.model import Pool
from fairstock.fund.store.pools import pool_of

_ORIGINS = text("""
    SELECT pool.*, divided.policy_version, taken.refunds, taken.micros
    FROM (SELECT origin_id, count(*) AS refunds, CAST(sum(amount_micros) AS bigint) AS micros
          FROM refund_take_back WHERE period = :period GROUP BY origin_id) AS taken
    JOIN fund_pool AS pool ON pool.id = taken.origin_id
    JOIN fund_period AS divided ON divided.id = pool.period
    ORDER BY pool.id
""")

_POUR_BACK = text("""
    INSERT INTO closing_inflow (pool_id, accrual_id, source_id, asset_id, amount_micros)
    SELECT :pool, accrual.id, accrual.source_id, accrual.asset_id, back.amount_micros
    FROM refund_take_back AS back JOIN fund_accrual AS accrual ON accrual.id = back.accrual_id
    WHERE back.period = :period AND back.origin_id = :origin
""")


def origins(conn: Connection, period: str) -> Iterator[tuple[Pool, str, int, int]]:
    """Pools of earlier periods from which refunds of ``period`` take back, each with the version of the
    policy that divided it, the number of refunds, and their sum in micro-units (negative).
    """
    for row in conn.execute(_ORIGINS, {"period": period}).all():
        yield pool_of(row), row.policy_version, row.refunds, row.micros


def pour_back(conn: Connection, pool_id: str, period: str, origin_id: str) -> None:
    """Note what each refund takes back from the pool ``origin_id``, as inflow of the pool that mirrors it."""
    conn.execute(_POUR_BACK, {"pool": pool_id, "period": period, "origin": origin_id})
