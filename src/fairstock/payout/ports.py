"""What this context asks of a bank or payment service, of sanction lists and of published rates."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

from fairstock.kit.errors import Failure
from fairstock.kit.money import Money
from fairstock.payout.model import PaymentResult, Rate, SanctionHit


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

        ``amount`` is positive and in whole cents, or whole units of a currency without cents. Raises
        ``BankUnreachable`` where no answer came.
        """
        ...

    def notices(self, keys: Sequence[str]) -> Sequence[PaymentResult]:
        """Final answers about these orders that the bank has sent of itself: in any order, and perhaps
        repeated. That a payment was taken back is one of them (``taken_back``), weeks after it was paid.

        Orders that it does not know or has not settled are left out. Raises ``BankUnreachable``.
        """
        ...


class SanctionList(Protocol):
    """Knows whom the house may not pay."""

    @property
    def version(self) -> str:
        """Names the list's content, so that a decision can be understood later."""
        ...

    def hits(self, name: str, countries: Collection[str]) -> Sequence[SanctionHit]:
        """Every entry that a person of this name, or one in these countries, is like.

        Spelling may differ in case, accents, punctuation and the order of words. Asks no other machine.
        """
        ...


class RateSource(Protocol):
    """Knows published rates of exchange."""

    def rate(self, source_currency: str, target_currency: str, on: date) -> Rate | None:
        """The latest rate that was published on that day or shortly before; None where there is none."""
        ...
