"""Book what a sale or deal brought: the buyer owes the price, the house keeps its part, the fund's period
gets the rest.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from fairstock.fund import store
from fairstock.fund.model import Accrual, FundPolicy, SourceKind
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import post

_KINDS = {SourceKind.sale: TransactionKind.sale, SourceKind.deal: TransactionKind.deal}


def accrue(
    conn: Connection,
    *,
    kind: SourceKind,
    source_id: str,
    buyer_id: str,
    fund: Money,
    house: Money,
    policy: FundPolicy,
    at: datetime,
    memo: str,
    asset_id: str | None = None,
    release_id: str | None = None,
) -> Accrual:
    """Post the transaction ``<kind>:<source id>`` and write the accrual, once; ``fund`` and ``house`` sum to
    the price.

    It counts in the month of ``at``, or where that is closed in the next open one.
    """
    earlier = store.accrual_of(conn, kind, source_id)
    if earlier is not None:
        return earlier
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
        policy_version=policy.version,
        accrued_at=at,
    )
    store.add_accrual(conn, accrual, key)
    return accrual
