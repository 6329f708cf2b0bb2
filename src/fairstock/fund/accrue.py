"""Book what a sale or deal brought: the buyer owes the price, the house keeps its part, the fund's period
gets the rest. A refund is the same with negative amounts.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from fairstock.fund import store
from fairstock.fund.model import Accrual, SourceKind
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import post

_KINDS = {
    SourceKind.sale: TransactionKind.sale,
    SourceKind.deal: TransactionKind.deal,
    SourceKind.refund: TransactionKind.refund,
}


def accrue(
    conn: Connection,
    *,
    kind: SourceKind,
    source_id: str,
    buyer_id: str,
    fund: Money,
    house: Money,
    policy_version: str,
    at: datetime,
    memo: str,
    asset_id: str | None = None,
    release_id: str | None = None,
    reverses: Accrual | None = None,
) -> Accrual:
    """Post the transaction ``<kind>:<source id>`` and write the accrual; ``fund`` and ``house`` sum to the
    price, and are negative for a refund, which ``reverses`` what the sale or deal accrued.

    It counts in the month of ``at``, or where that is closed in the next open one. The caller has looked
    whether the source accrued before; the database refuses a second accrual.
    """
    period = store.accruing_period(conn, at)
    key = f"{kind.value}:{source_id}"
    postings = (
        Posting(f"buyer:{buyer_id}", fund + house),
        Posting("revenue:house", -house),
        Posting(f"fund:{period}", -fund),
    )
    post(conn, Transaction(key, _KINDS[kind], at, postings, memo, details={"period": period}))
    accrual = Accrual(
        id=derived_id("acr", kind.value, source_id),
        period=period,
        source_kind=kind,
        source_id=source_id,
        asset_id=asset_id,
        release_id=release_id,
        amount=fund,
        policy_version=policy_version,
        accrued_at=at,
        reverses_id=reverses.id if reverses else None,
        divided_in=reverses.period if reverses and reverses.period != period else None,
    )
    store.add_accrual(conn, accrual, key)
    return accrual
