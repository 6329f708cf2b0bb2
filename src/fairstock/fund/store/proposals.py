"""SQL of a replay: income under other shares, and what each contributor got against what they would get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from fairstock.fund.model import FundPolicy
from fairstock.kit.money import Money


@dataclass(frozen=True, slots=True)
class Change:
    """What a contributor got from a period, and would get from it under a proposed policy."""

    contributor_id: str
    handle: str
    before: Money
    after: Money


_POLICIES = text("""
    SELECT policy.body FROM fund_policy AS policy
    WHERE policy.version IN (SELECT policy_version FROM fund_accrual WHERE period = :period)
    ORDER BY policy.version
""")

# numeric, since the product may not fit into a bigint; to the nearest micro-unit, halves away from zero.
_ACCRUE = text("""
    UPDATE closing_income AS income
    SET amount_micros = round(CAST(income.amount_micros AS numeric) * :new / :old)
    FROM fund_accrual AS accrual
    WHERE accrual.id = income.accrual_id AND accrual.policy_version = :version AND CASE
        WHEN income.asset_id IS NOT NULL THEN :kind = 'sale'
        ELSE :kind = 'deal' AND EXISTS (
            SELECT FROM fund_deal AS deal
            WHERE deal.id = income.deal_id AND coalesce(deal.fund_share_ppm, :old) = :old)
    END
""")

_CHANGES = text("""
    WITH was AS (
        SELECT pool.currency, line.contributor_id, sum(line.amount_micros) AS micros
        FROM fund_allocation AS line JOIN fund_pool AS pool ON pool.id = line.pool_id
        WHERE line.period = :period GROUP BY pool.currency, line.contributor_id
    ), would AS (
        SELECT pool.currency, earned.contributor_id, sum(earned.amount_micros) AS micros
        FROM closing_earned AS earned
        JOIN unnest(CAST(:pools AS text[]), CAST(:currencies AS text[])) AS pool (id, currency)
            ON pool.id = earned.pool_id
        GROUP BY pool.currency, earned.contributor_id
    )
    SELECT currency, contributor_id, party.handle, CAST(coalesce(was.micros, 0) AS bigint) AS before,
        CAST(coalesce(would.micros, 0) AS bigint) AS after
    FROM was FULL JOIN would USING (currency, contributor_id)
    JOIN party ON party.id = contributor_id
    ORDER BY currency, contributor_id COLLATE "C"
""")


def policies_of(conn: Connection, period: str) -> list[str]:
    """The texts of the policies under which the period's income accrued."""
    return list(conn.scalars(_POLICIES, {"period": period}))


def accrue_anew(conn: Connection, old: FundPolicy, new: FundPolicy) -> None:
    """Change what was gathered of income that accrued under ``old`` to what it would be under ``new``.

    An old share of zero accrued nothing and stays nothing.
    """
    for kind, was, would in (
        ("sale", old.sale_share_ppm, new.sale_share_ppm),
        ("deal", old.deal_share_ppm, new.deal_share_ppm),
    ):
        if was and was != would:
            conn.execute(_ACCRUE, {"version": old.version, "kind": kind, "old": was, "new": would})


def changes(conn: Connection, period: str, drafted: Mapping[str, str]) -> Iterator[Change]:
    """Everybody who earned in the period or would earn from the drafted pools, given as id → currency."""
    values = {"period": period, "pools": list(drafted), "currencies": list(drafted.values())}
    for row in conn.execute(_CHANGES, values):
        yield Change(
            row.contributor_id,
            row.handle,
            Money(row.before, row.currency),
            Money(row.after, row.currency),
        )
