"""Book a correction of a balance that staff decided."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from fairstock.db.locks import advisory
from fairstock.fund import store as fund
from fairstock.kit.errors import BadInput
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money
from fairstock.kit.months import month_of
from fairstock.ledger import store as ledger
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.ledger.post import post
from fairstock.payout import store
from fairstock.payout.model import Adjustment, AdjustmentKind, Against


class ReserveTooSmall(BadInput):
    """The reserve cannot give what it does not have."""

    def __init__(self, wanted: Money, there: Money) -> None:
        self.wanted, self.there = wanted, there
        super().__init__(
            f"The reserve holds {there} and cannot give {wanted}.",
            remedy="take it from the house's revenue instead, or decide on a smaller sum",
        )


class NothingToAdjust(BadInput):
    """An adjustment needs a sum and a reason."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"An adjustment needs {what}.",
            remedy="give an amount other than zero and say why, for the contributor",
        )


def adjust(
    conn: Connection,
    *,
    key: str,
    contributor_id: str,
    amount: Money,
    kind: AdjustmentKind,
    against: Against,
    reason: str,
    decided_by: str,
    at: datetime,
    dispute_id: str | None = None,
) -> Adjustment:
    """Owe a contributor ``amount`` more (or less, where it is below zero), given by ``against``.

    It stands on the statement of the last closed period, with which it is paid. The same ``key`` again is a
    no-op. Income from an adjustment counts as coming from no buyer's country, so nothing is withheld of it.
    Raises ``NothingToAdjust`` and ``ReserveTooSmall``.
    """
    if not amount:
        raise NothingToAdjust("an amount")
    if not reason.strip():
        raise NothingToAdjust("a reason")
    new = Adjustment(
        id=derived_id("adj", key),
        contributor_id=contributor_id,
        period=fund.latest_closed(conn) or month_of(at),
        kind=kind,
        amount=amount,
        against=against,
        reason=reason.strip(),
        dispute_id=dispute_id,
        decided_by=decided_by,
        decided_at=at,
    )
    if not store.add_adjustment(conn, new):
        return new
    if against is Against.reserve:
        advisory(conn, "fund:reserve")  # two at once must not give the same rest of it, nor a distribution
        there = -ledger.balance(conn, against.value, amount.currency)
        if there < amount:
            raise ReserveTooSmall(amount, there)
    post(conn, _transaction(new))
    return new


def _transaction(new: Adjustment) -> Transaction:
    said = f"{new.kind.value.replace('_', ' ').capitalize()}: {new.reason}"
    return Transaction(
        key=f"adjust:{new.id}",
        kind=TransactionKind.adjustment,
        effective_at=new.decided_at,
        postings=(
            Posting(new.against.value, new.amount),
            Posting(f"payable:{new.contributor_id}", -new.amount),
        ),
        memo=said,
        details={
            "period": new.period,
            "adjustment": new.kind.value,
            "reason": said,
            **({"dispute": new.dispute_id} if new.dispute_id else {}),
        },
    )
