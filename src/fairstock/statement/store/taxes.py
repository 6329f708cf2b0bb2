"""SQL of what was withheld from payouts and converted, with the published rules and rates that decide it.

The payout context's tables are read by name, as a trace does.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from fairstock.kit.money import MICROS, Money
from fairstock.payout.rules import read_withholding_rules
from fairstock.payout.rules.tax import PPM
from fairstock.statement.model import Exchange, Withheld

_WITHHELD = text("""
    SELECT line.*, CAST(payout.created_at AT TIME ZONE 'UTC' AS date) AS day, rules.body
    FROM payout_withholding AS line
    JOIN payout ON payout.id = line.payout_id
    JOIN payout_withholding_rules AS rules ON rules.version = line.rules_version
    WHERE line.payout_id = ANY(:payouts)
    ORDER BY line.payout_id, line.authority, line.country
""")

_EXCHANGES = text("""
    SELECT 'convert:' || id AS key, from_currency, from_micros, to_currency, to_micros,
           rate, rate_date, rate_source
    FROM payout_conversion WHERE contributor_id = ANY(:contributors) AND period = :period
""")


def withheld(conn: Connection, payout_ids: Sequence[str]) -> dict[str, tuple[Withheld, ...]]:
    """Payout → its withholding, by authority and country, each with the rule in force on its day; payouts
    without any are left out.
    """
    found: dict[str, tuple[Withheld, ...]] = {}
    for row in conn.execute(_WITHHELD, {"payouts": list(payout_ids)}):
        wanted = (row.authority, row.country)
        rules = read_withholding_rules(row.body).in_force(row.day)
        [rule] = [each for each in rules if (each.authority, each.source) == wanted]
        line = Withheld(
            authority=row.authority,
            country=row.country,
            income=Money(row.income_micros, row.currency),
            rate=_decimal(row.rate_ppm, PPM),
            amount=Money(row.amount_micros, row.currency),
            reason=row.reason,
            rules_version=row.rules_version,
            rule_from=rule.effective_from.isoformat(),
            rule_rate=_decimal(rule.rate_ppm, PPM),
            treaties=tuple((country, _decimal(ppm, PPM)) for country, ppm in sorted(rule.treaties.items())),
        )
        found[row.payout_id] = (*found.get(row.payout_id, ()), line)
    return found


def exchanges(conn: Connection, period: str, contributor_ids: Sequence[str]) -> dict[str, Exchange]:
    """Key of the ledger's transaction → the conversion, of these contributors in the period."""
    values = {"contributors": list(contributor_ids), "period": period}
    return {
        row.key: Exchange(
            source_currency=row.from_currency,
            source=_decimal(row.from_micros, MICROS),
            target_currency=row.to_currency,
            target=_decimal(row.to_micros, MICROS),
            rate=row.rate,
            rate_date=row.rate_date.isoformat(),
            rate_source=row.rate_source,
        )
        for row in conn.execute(_EXCHANGES, values)
    }


def _decimal(parts: int, whole: int) -> str:
    """Millionths, never below zero here, as a decimal with six places."""
    return f"{parts // whole}.{parts % whole:06d}"
