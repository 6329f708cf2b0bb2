"""SQL on the rules of withholding, on where balances came from, and on conversions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money
from fairstock.payout import tables
from fairstock.payout.model import Conversion, Order, Withholding, WithholdingRules


class WithholdingRulesChanged(BadInput):
    """Rules that were used already were edited."""

    def __init__(self, version: str) -> None:
        self.version = version
        super().__init__(
            f"The withholding rules {version} differ from those that were used under this version.",
            remedy="give the new rules a new version in withholding.toml",
        )


_POOL_TERRITORIES = text("""
    INSERT INTO payout_pool_territory (pool_id, country, amount_micros, currency)
    SELECT inflow.pool_id, territory.country, sum(inflow.amount_micros), pool.currency
    FROM fund_pool AS pool
    JOIN fund_inflow AS inflow ON inflow.pool_id = pool.id
    JOIN accrual_territory AS territory ON territory.accrual_id = inflow.accrual_id
    WHERE pool.period = :period AND pool.part <> 'influence'
    GROUP BY inflow.pool_id, territory.country, pool.currency
    ON CONFLICT DO NOTHING
""")

# The exact quotient earned × from there ÷ all, rounded down also below zero: numeric division would round.
_SOURCED = text("""
    INSERT INTO payout_sourced (contributor_id, currency, country, kind, reference, amount_micros)
    WITH pool AS (
        SELECT id, part, currency FROM fund_pool WHERE period = :period
    ), whole AS (
        SELECT pool_id, sum(amount_micros) AS micros FROM payout_pool_territory
        WHERE pool_id IN (SELECT id FROM pool) GROUP BY pool_id
    ), earned AS (
        SELECT allocation.contributor_id, allocation.pool_id, pool.currency,
               sum(allocation.amount_micros) AS micros
        FROM fund_allocation AS allocation JOIN pool ON pool.id = allocation.pool_id
        WHERE allocation.period = :period AND pool.part <> 'influence'
        GROUP BY allocation.contributor_id, allocation.pool_id, pool.currency
    ), product AS (
        SELECT earned.contributor_id, earned.currency, mix.country,
               earned.micros * mix.amount_micros * sign(whole.micros) AS above, abs(whole.micros) AS below
        FROM earned
        JOIN payout_pool_territory AS mix USING (pool_id)
        JOIN whole USING (pool_id)
        WHERE whole.micros <> 0
    ), part AS (
        SELECT contributor_id, currency, country,
               div(above, below) - CASE WHEN mod(above, below) < 0 THEN 1 ELSE 0 END AS micros
        FROM product
        UNION ALL
        SELECT allocation.contributor_id, pool.currency, territory.country, sum(allocation.amount_micros)
        FROM fund_allocation AS allocation
        JOIN pool ON pool.id = allocation.pool_id
        JOIN accrual_territory AS territory
            ON territory.source_id = allocation.source_id AND territory.period = :period
        WHERE allocation.period = :period AND pool.part = 'influence'
        GROUP BY allocation.contributor_id, pool.currency, territory.country
    )
    SELECT contributor_id, currency, country, 'earned', :period, sum(micros)
    FROM part GROUP BY contributor_id, currency, country HAVING sum(micros) <> 0
    ON CONFLICT DO NOTHING
""")

_SEND_BACK = text("""
    INSERT INTO payout_sourced (contributor_id, currency, country, kind, reference, amount_micros)
    SELECT contributor_id, currency, country, 'returned', reference, -amount_micros
    FROM payout_sourced WHERE kind = 'paid' AND reference = ANY(:payouts)
    ON CONFLICT DO NOTHING
""")


def record_withholding_rules(conn: Connection, rules: WithholdingRules, at: datetime) -> None:
    """Keep the rules' text at its first use; raises ``WithholdingRulesChanged`` where it differs."""
    table = tables.withholding_rules
    kept = conn.scalar(select(table.c.body).where(table.c.version == rules.version))
    if kept is None:
        row = {"version": rules.version, "body": rules.body, "recorded_at": at}
        conn.execute(insert(table).values(row).on_conflict_do_nothing())
    elif kept != rules.body:
        raise WithholdingRulesChanged(rules.version)


def record_sources(conn: Connection, periods: Iterable[str], at: datetime) -> None:
    """Note of closed periods from buyers of which country each contributor's earnings came, once.

    Influence is exact, sale by sale. A pool that is divided as a whole is a mixture: of each contributor's
    part the same share came from a country as of the whole pool, rounded down to a micro-unit. So nobody's
    income from a country is ever overstated, and what the rounding leaves counts as income from nowhere.
    """
    known = set(conn.scalars(select(tables.sourced_period.c.period)))
    for period in periods:
        if period not in known:
            conn.execute(_POOL_TERRITORIES, {"period": period})
            conn.execute(_SOURCED, {"period": period})
            conn.execute(insert(tables.sourced_period).values(period=period, recorded_at=at))


def sourced(conn: Connection) -> dict[tuple[str, str], dict[str, int]]:
    """(Contributor, currency) → country of buyers → micro-units of the balance that came from there and were
    not paid out yet; below zero after refunds.
    """
    table = tables.sourced.c
    query = (
        select(table.contributor_id, table.currency, table.country, func.sum(table.amount_micros))
        .group_by(table.contributor_id, table.currency, table.country)
        .having(func.sum(table.amount_micros) != 0)
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for contributor, currency, country, micros in conn.execute(query):
        found.setdefault((contributor, currency), {})[country] = int(micros)
    return found


def add_sourced(
    conn: Connection, kind: str, parts: Iterable[tuple[str, str, str, Mapping[str, int]]], *, sign: int
) -> None:
    """Write what left (``sign`` −1) or joined (+1) balances, given as (contributor, currency, payout or
    conversion, country → micro-units).
    """
    rows = [
        {
            "contributor_id": contributor,
            "currency": currency,
            "country": country,
            "kind": kind,
            "reference": reference,
            "amount_micros": sign * micros,
        }
        for contributor, currency, reference, by_country in parts
        for country, micros in by_country.items()
        if micros
    ]
    if rows:
        conn.execute(insert(tables.sourced), rows)


def send_back_sources(conn: Connection, payout_ids: Sequence[str]) -> None:
    """Payouts came back: their income counts again with the next one."""
    if payout_ids:
        conn.execute(_SEND_BACK, {"payouts": list(payout_ids)})


def add_withholdings(
    conn: Connection, lines: Iterable[tuple[Order, Sequence[Withholding]]], version: str
) -> None:
    """Write what was withheld from new orders."""
    rows = [
        {
            "payout_id": order.id,
            "authority": line.authority,
            "country": line.country,
            "income_micros": line.income.micros,
            "rate_ppm": line.rate_ppm,
            "amount_micros": line.amount.micros,
            "currency": line.amount.currency,
            "reason": line.reason,
            "rules_version": version,
        }
        for order, withheld in lines
        for line in withheld
    ]
    if rows:
        conn.execute(insert(tables.withholding), rows)


def withheld_from(conn: Connection, payout_ids: Iterable[str]) -> dict[str, list[Withholding]]:
    """Payout → everything about its withholding, by authority and country; nothing where there is none."""
    table = tables.withholding.c
    query = (
        select(tables.withholding)
        .where(table.payout_id.in_(list(payout_ids)))
        .order_by(table.payout_id, table.authority, table.country)
    )
    found: dict[str, list[Withholding]] = {}
    for row in conn.execute(query):
        income, amount = Money(row.income_micros, row.currency), Money(row.amount_micros, row.currency)
        line = Withholding(row.authority, row.country, income, row.rate_ppm, amount, row.reason)
        found.setdefault(row.payout_id, []).append(line)
    return found


def add_conversions(conn: Connection, made: Iterable[Conversion]) -> None:
    """Write balances that became another currency."""
    rows = [
        {
            "id": each.id,
            "contributor_id": each.contributor_id,
            "period": each.period,
            "from_currency": each.source.currency,
            "from_micros": each.source.micros,
            "to_currency": each.target.currency,
            "to_micros": each.target.micros,
            "rate": str(each.rate.value),
            "rate_date": each.rate.on,
            "rate_source": each.rate.published_by,
            "converted_at": each.converted_at,
        }
        for each in made
    ]
    if rows:
        conn.execute(insert(tables.conversion), rows)
