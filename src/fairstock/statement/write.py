"""Statements as files: JSON with everything, CSV with one row a line. The same statement always gives the
same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum
from typing import Any

import pandas as pd

from fairstock.fund.model import Part
from fairstock.kit.money import MICROS, Money
from fairstock.statement.model import CurrencyStatement, Deal, Line, SourceLine, Statement, StatementPool

COLUMNS = (
    *("row", "period", "contributor", "date", "part", "source", "work", "title"),
    *("pool", "release", "pool_amount", "clusters", "cluster", "cluster_contributors", "contributor_works"),
    *("method", "reliability", "share", "amount", "currency", "note", "notice"),
)
"""Of the CSV; ``amount`` sums to the closing balance over all rows of a currency but the last."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters at which a spreadsheet would calculate instead of showing a text."""


def as_json(statement: Statement) -> bytes:
    """UTF-8 JSON without its proof, which only a publication gives; amounts are decimal texts with six
    places in the currency of their section.
    """
    return canonical(plain(statement))


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and without spaces, in UTF-8: the same content always gives the same bytes."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def as_csv(statement: Statement) -> bytes:
    """UTF-8 CSV with a header, made by pandas; amounts are decimal texts with six places."""
    rows: list[dict[str, object]] = [row for each in statement.currencies for row in _rows(statement, each)]
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype="object")
    return table.to_csv(index=False, lineterminator="\n").encode()


def sources_csv(rows: Iterable[tuple[str, SourceLine]], notice: str | None) -> bytes:
    """All sales, deals and refunds of a period as CSV: the pool that each flowed into, and how much; amounts
    as above.
    """
    columns = ["pool", "source", "kind", "date", "license", "territory", "picture", "refunds"]
    table = [
        {
            "pool": pool_id,
            "source": line.source_id,
            "kind": line.kind,
            "date": line.date,
            "license": line.license,
            "territory": line.territory,
            "picture": line.picture,
            "refunds": line.refunds,
            "refund_kind": line.refund_kind,
            "gross": decimal(line.gross),
            "fund": decimal(line.fund),
            "share": line.share,
            "part": decimal(line.part),
            "currency": line.part.currency,
            "notice": notice,
        }
        for pool_id, line in rows
    ]
    columns += ["refund_kind", "gross", "fund", "share", "part", "currency", "notice"]
    frame = pd.DataFrame(table, columns=columns, dtype="object")
    return frame.to_csv(index=False, lineterminator="\n").encode()


def plain(value: Any) -> Any:
    """Values of the model, tuples, enums and money as JSON has them."""
    if isinstance(value, Money):
        return decimal(value)
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    return {name: plain(getattr(value, name)) for name in value.__slots__}


def decimal(amount: Money) -> str:
    """An amount exactly, without its currency: ``-0.016000``."""
    units, micros = divmod(abs(amount.micros), MICROS)
    return f"{'-' if amount.micros < 0 else ''}{units}.{micros:06d}"


def _rows(statement: Statement, each: CurrencyStatement) -> Iterable[dict[str, object]]:
    head = {
        "period": statement.period,
        "contributor": statement.handle,
        "currency": each.currency,
        "notice": statement.notice,
    }
    pools = {pool.id: pool for pool in each.pools}
    yield {**head, "row": "opening_balance", "amount": decimal(each.opening)}
    for line in each.lines:
        yield {**head, **_line(line, pools[line.pool_id])}
    for change in each.adjustments:
        yield {
            **head,
            "row": change.kind,
            "date": change.date,
            "source": change.key,
            "amount": decimal(change.amount),
            "note": _text(change.memo),
        }
    for over in each.disputes:
        told = f"{over.about} {over.subject} of {decimal(over.amount)}: {over.outcome or 'open'}"
        yield {**head, "row": "dispute", "date": over.opened, "source": over.id, "note": _text(told)}
    if each.payout:
        note = f"{each.payout.state} {each.payout.bank_reference} {each.payout.reason}".strip()
        yield {
            **head,
            "row": "payout",
            "source": each.payout.id,
            "amount": decimal(-each.payout.amount),
            "note": _text(note),
        }
    yield {
        **head,
        "row": "closing_balance",
        "amount": decimal(each.closing),
        "note": ", ".join(each.holds) or None,
    }


def _line(line: Line, pool: StatementPool) -> dict[str, object]:
    influence = line.part is Part.influence
    return {
        "row": "earning",
        "part": line.part.value,
        "source": line.source_id,
        "work": line.work_sha256,
        "title": _text(line.title),
        "pool": pool.id,
        "release": pool.release_id,
        "pool_amount": decimal(pool.amount),
        "clusters": None if influence else pool.clusters,
        "cluster": line.cluster,
        "cluster_contributors": line.cluster_contributors,
        "contributor_works": line.contributor_works,
        "method": pool.method,
        "reliability": pool.reliability,
        "share": line.share,
        "amount": decimal(line.amount),
        "note": _text(_terms(pool.deal)) if pool.deal else None,
    }


def _terms(deal: Deal) -> str:
    """Parties, works, price, split and term of a data deal."""
    term = f"{deal.first_day} to {deal.last_day or 'without end'}"
    sold = f"{deal.works} works at {decimal(deal.price)}, fund share {deal.fund_share}"
    return f"{deal.seller} to {deal.buyer} ({deal.territory}): {sold}, {term}"


def _text(text: str) -> str:
    """A text from outside, with a quote in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
