"""What this context asks of a bank or payment service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fairstock.kit.errors import Failure
from fairstock.kit.money import Money
from fairstock.payout.model import PaymentResult


class BankUnreachable(Failure):
    """No answer came; whether the order arrived is not known."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(
            f"The payment service {name} did not answer: {reason}.",
            remedy="run pay_contributors for the period again later; an order that arrived is not paid twice",
        )


class PaymentRail(Protocol):
    """Moves money, once for each key."""

    def send(self, key: str, contributor_id: str, reference: str, amount: Money) -> PaymentResult:
        """Order a payment, or ask about it again: the same key never moves money twice, whatever happened to
        the answer.

        ``amount`` is positive and in whole cents. Raises ``BankUnreachable`` where no answer came.
        """
        ...

    def notices(self, keys: Sequence[str]) -> Sequence[PaymentResult]:
        """Final answers about these orders that the bank has sent of itself: in any order, and perhaps
        repeated.

        Orders that it does not know or has not settled are left out. Raises ``BankUnreachable``.
        """
        ...
