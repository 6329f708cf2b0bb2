"""SQL on what changes a contributor's balance besides earnings, as statements list it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, text

from fairstock.kit.money import Money
from fairstock.payout.model import Movement, MovementKind

_MOVEMENTS = text("""
    SELECT movement.contributor_id, movement.currency, movement.kind, movement.key, movement.effective_at,
           movement.memo, movement.amount_micros, transaction.details ->> 'reason' AS reason,
           transaction.details -> 'withholding' AS withholding,
           transaction.details ->> 'adjustment' AS type, transaction.details ->> 'dispute' AS dispute,
           coalesce(kept.withheld, '[]'::jsonb) AS withheld
    FROM payable_movement AS movement
    JOIN ledger_transaction AS transaction ON transaction.key = movement.key
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(
            jsonb_build_array(substr(posting.account, 10), -posting.amount_micros) ORDER BY posting.account
        ) AS withheld
        FROM ledger_posting AS posting
        WHERE posting.transaction_id = transaction.id AND starts_with(posting.account, 'withheld:')
          AND posting.currency = movement.currency
    ) AS kept ON movement.kind IN ('payout', 'return')
    WHERE movement.account = ANY(:accounts) AND movement.period = :period AND movement.kind <> 'period_close'
    ORDER BY movement.contributor_id, movement.effective_at, movement.key, movement.currency
""")


def movements(conn: Connection, contributor_ids: Iterable[str], period: str) -> dict[str, list[Movement]]:
    """Contributor → what changed the balance on the period's statement besides its earnings, by date;
    everybody asked for has an entry, and every currency is in it.

    The amounts of one contributor and currency, with the period's earnings, are exactly what the ledger put
    on ``payable:<contributor>`` for the period.
    """
    wanted = list(contributor_ids)
    found: dict[str, list[Movement]] = {each: [] for each in wanted}
    values = {"accounts": [f"payable:{each}" for each in wanted], "period": period}
    for row in conn.execute(_MOVEMENTS, values):
        found[row.contributor_id].extend(_read(row))
    return found


def _read(row: Row[Any]) -> Iterator[Movement]:
    """One booking as one movement, or as several where tax was withheld (or given back) in it."""
    kept = sum(micros for _, micros in row.withheld)
    kind = MovementKind(row.kind) if row.kind in set(MovementKind) else MovementKind.other
    reason = row.reason or row.memo or row.kind
    rest = Money(row.amount_micros + kept, row.currency)
    if rest:
        yield Movement(kind, rest, reason, row.key, row.effective_at, row.type, row.dispute)
    reasons = row.withholding or {}
    for authority, micros in row.withheld:
        why = reasons.get(authority, f"withheld for {authority}")
        taken = Money(-micros, row.currency)
        yield Movement(MovementKind.withholding, taken, why, row.key, row.effective_at)
