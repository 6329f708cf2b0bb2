"""Give a buyer money back, of a sale or a deal, in parts or at once, at any later time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from fairstock.db.locks import advisory
from fairstock.fund import store
from fairstock.fund.accrue import accrue
from fairstock.fund.model import Accrual, SourceKind
from fairstock.fund.rules import refund_part
from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput, Inconsistent
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.license import store as licenses
from fairstock.license.model import Refund, RefundKind


class RefundKeyReused(BadInput):
    """A key that made one refund came again with another."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"The key {key!r} belongs to another refund.",
            remedy="use a new key for each refund, and the same one only to retry",
        )


class BadRefund(BadInput):
    """A refund cannot be made as it was asked for."""

    def __init__(self, source_id: str, reason: str, remedy: str) -> None:
        self.source_id, self.reason = source_id, reason
        super().__init__(f"{source_id} cannot be refunded: {reason}.", remedy=remedy)


class NotAccrued(Inconsistent):
    """A sale or deal exists without its accrual."""

    def __init__(self, source_id: str) -> None:
        self.source_id = source_id
        super().__init__(
            f"{source_id} never accrued to the fund.", remedy="run check_books; sell through fund.sell only"
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be given back: a sale or a deal, and how much of it (None: all that is left)."""

    key: str
    source_kind: SourceKind
    source_id: str
    buyer_id: str
    price: Money
    amount: Money | None
    kind: RefundKind
    reason: str

    def made(self, earlier: Refund) -> bool:
        """Whether an earlier refund is what is asked for."""
        return (
            earlier.sale_id or earlier.deal_id,
            earlier.kind,
            earlier.reason,
            earlier.amount if self.amount is None else self.amount,
        ) == (self.source_id, self.kind, self.reason, earlier.amount)


def refund(
    conn: Connection,
    *,
    key: str,
    sale_id: str,
    reason: str,
    clock: Clock,
    amount: Money | None = None,
    kind: RefundKind = RefundKind.refund,
) -> Refund:
    """Give back ``amount`` of a sale's price, or all that is left of it; the same key again returns the first
    refund.

    House and fund bear it in the proportion of the sale. It counts in the month that is open now, also where
    the sale was divided and paid out long ago: a period, and a contributor's balance, may become negative.
    Raises ``SaleMissing``, ``BadRefund``, ``RefundKeyReused``.
    """
    sale = licenses.get(conn, sale_id)
    return _give_back(
        conn,
        _Asked(key, SourceKind.sale, sale.id, sale.buyer_id, sale.price, amount, kind, reason.strip()),
        clock,
    )


def refund_deal(
    conn: Connection,
    *,
    key: str,
    deal_id: str,
    reason: str,
    clock: Clock,
    amount: Money | None = None,
    kind: RefundKind = RefundKind.cancellation,
) -> Refund:
    """As ``refund``, of a deal; raises ``DealMissing``."""
    deal = store.get_deal(conn, deal_id)
    return _give_back(
        conn,
        _Asked(key, SourceKind.deal, deal.id, deal.buyer_id, deal.price, amount, kind, reason.strip()),
        clock,
    )


def _give_back(conn: Connection, asked: _Asked, clock: Clock) -> Refund:
    advisory(conn, f"refund:{asked.key}")
    advisory(conn, f"refund:{asked.source_id}")  # a second refund must see what this one leaves
    earlier = licenses.find_refund(conn, asked.key)
    if earlier is not None:
        if not asked.made(earlier):
            raise RefundKeyReused(asked.key)
        return earlier
    accrued = store.accrual_of(conn, asked.source_kind, asked.source_id)
    if accrued is None:
        raise NotAccrued(asked.source_id)
    # Clocks of two machines may differ; nothing is refunded before its sale.
    new = _new(conn, asked, accrued, at=max(clock.now(), accrued.accrued_at))
    licenses.add_refund(conn, new)
    accrue(
        conn,
        kind=SourceKind.refund,
        source_id=new.id,
        buyer_id=asked.buyer_id,
        fund=-new.fund,
        house=new.fund - new.amount,
        policy_version=accrued.policy_version,
        at=new.refunded_at,
        memo=f"{asked.kind.value.capitalize()} of {asked.source_id}: {asked.reason}",
        asset_id=accrued.asset_id,
        release_id=accrued.release_id,
        reverses=accrued,
    )
    return new


def _new(conn: Connection, asked: _Asked, accrued: Accrual, *, at: datetime) -> Refund:
    before, fund_before = licenses.refunded(conn, asked.source_id, asked.price.currency)
    amount = _amount(asked, asked.price - before)
    return Refund(
        id=derived_id("rfd", asked.key),
        key=asked.key,
        sale_id=asked.source_id if asked.source_kind is SourceKind.sale else None,
        deal_id=asked.source_id if asked.source_kind is SourceKind.deal else None,
        kind=asked.kind,
        amount=amount,
        before=before,
        fund=refund_part(amount, before, asked.price, accrued.amount),
        fund_before=fund_before,
        reason=asked.reason,
        refunded_at=at,
    )


def _amount(asked: _Asked, left: Money) -> Money:
    """How much is given back, of what is left of the price."""
    if not asked.reason:
        raise BadRefund(asked.source_id, "no reason is given", "say in a few words why the money goes back")
    if not left:
        raise BadRefund(asked.source_id, f"all of {asked.price} was given back before", "leave it at that")
    wanted = left if asked.amount is None else asked.amount
    if wanted.currency != left.currency or not 0 < wanted.micros <= left.micros:
        reason = f"{wanted} is asked for and {left} is left of its price"
        raise BadRefund(asked.source_id, reason, f"give back at most {left}")
    return wanted
