"""Figures of a period for people, read from the reporting views."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from fairstock.kit.money import Money

_FIGURES = (
    *("sales", "deals", "sales_micros", "deals_micros", "fund_accrued_micros", "payable_micros"),
    *("refunds", "refunds_micros", "from_reserve_micros"),
    *("reserve_micros", "paid_micros", "returned_micros", "in_transit_micros"),
    *("contributors", "contributors_paid"),
)

_TOTALS = text("""
    SELECT *, accrued_micros AS fund_accrued_micros, allocated_micros AS payable_micros
    FROM period_summary WHERE period = :period AND currency = :currency
""")

_EARNERS = text("""
    SELECT earned.handle, earned.name, earned.currency, max(earned.works) AS works,
           CAST(sum(earned.amount_micros) AS bigint) AS micros, coalesce(max(payout.amount_micros), 0) AS paid
    FROM contributor_earnings AS earned
    LEFT JOIN (
        SELECT payout.* FROM payout JOIN payout_outcome AS outcome ON outcome.payout_id = payout.id
        WHERE outcome.state = 'paid'
    ) AS payout ON payout.contributor_id = earned.contributor_id AND payout.period = earned.period
        AND payout.currency = earned.currency
    WHERE earned.period = :period
    GROUP BY earned.contributor_id, earned.handle, earned.name, earned.currency
    ORDER BY micros DESC, earned.handle LIMIT :most
""")


def period_totals(conn: Connection, period: str, currency: str = "USD") -> dict[str, int]:
    """Counts and sums (``*_micros``) of a period in one currency, all 0 where nothing accrued in it.

    ``payable_micros`` is what the close credited to contributors, so ``fund_accrued = payable + reserve``
    once closed.
    """
    row = conn.execute(_TOTALS, {"period": period, "currency": currency}).mappings().one_or_none()
    return {name: int(row[name]) if row is not None else 0 for name in _FIGURES}


def top_earners(conn: Connection, period: str, *, limit: int = 10) -> list[dict[str, Any]]:
    """Who earned most in a closed period: ``handle``, ``name``, ``works``, ``earned`` and ``paid`` (with
    currency).

    ``works`` are those of the rule under which most of them earned.
    """
    return [
        {
            "handle": row.handle,
            "name": row.name,
            "works": row.works,
            "earned": str(Money(row.micros, row.currency)),
            "paid": str(Money(int(row.paid), row.currency)),
        }
        for row in conn.execute(_EARNERS, {"period": period, "most": limit})
    ]
