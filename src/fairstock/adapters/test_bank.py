"""A bank for demos and tests: it moves no money, remembers every order on disk, and can be told to misbehave.

Like a real payment service it is idempotent by key. An order's file is written whole or not at all, so it
survives a kill on either side, and any number of processes may use the same folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from fcntl import LOCK_EX, flock
from pathlib import Path

from fairstock.kit.errors import BadInput, Failure
from fairstock.kit.money import Money
from fairstock.payout.model import PaymentResult, PaymentState
from fairstock.payout.ports import BankUnreachable

ANYBODY = "*"
"""Instead of an account's reference: what holds for every account without its own behaviour."""


class Behaviour(StrEnum):
    """How the bank treats the next orders to an account."""

    pay = "pay"
    """Pays at once."""
    send_back = "send_back"
    """The account does not exist: the money is returned."""
    refuse_connection = "refuse_connection"
    """No connection; the order does not arrive."""
    lose_answer = "lose_answer"
    """Pays, but the connection breaks before the answer."""
    answer_late = "answer_late"
    """Takes the order and can tell only when it is asked again."""
    answer_twice = "answer_twice"
    """Pays, and sends the notice about it twice."""


class KeyOfAnotherOrder(BadInput):
    """A key came again with another receiver or sum."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The test bank knows the key {key!r} with another receiver or sum.")


class BankFolderUnusable(Failure):
    """The bank's folder cannot be read or written."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"The test bank cannot use {folder}: {reason}.", remedy="make room or give it permissions"
        )


@dataclass(frozen=True, slots=True)
class BankOrder:
    """What the bank remembers of an order."""

    key: str
    contributor_id: str
    reference: str
    micros: int
    currency: str
    state: PaymentState
    bank_reference: str
    reason: str = ""
    notices: int = 1
    """How often its notice is sent."""


class TestBank:
    """A ``PaymentRail`` on a folder."""

    __test__ = False  # pytest would take it for a test by its name

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._orders = folder / "orders"
        self._behaviours = folder / "behaviours.json"

    def tell(self, reference: str, behaviour: Behaviour, *, times: int = 1) -> None:
        """Treat the next ``times`` calls for this account (or ``ANYBODY``) in this way; then it
        pays again.
        """
        with self._alone():
            self._write(self._behaviours, {**self._told(), reference: (behaviour, times)})

    def send(self, key: str, contributor_id: str, reference: str, amount: Money) -> PaymentResult:
        """Pay once for each key; see ``PaymentRail``. Raises ``KeyOfAnotherOrder`` besides."""
        with self._alone():
            order = self._known(key)
            behaviour = self._next_behaviour(reference)
            if behaviour is Behaviour.refuse_connection:
                raise BankUnreachable("test bank", "connection refused")
            if order is None:
                order = _order(key, contributor_id, reference, amount, behaviour)
            elif order != replace(
                order,
                contributor_id=contributor_id,
                reference=reference,
                micros=amount.micros,
                currency=amount.currency,
            ):
                raise KeyOfAnotherOrder(key)
            elif order.state is PaymentState.unknown and behaviour is not Behaviour.answer_late:
                order = replace(order, state=PaymentState.paid)
            self._write(self._path(key), asdict(order))
        if behaviour is Behaviour.lose_answer:
            raise BankUnreachable("test bank", "connection reset after the order was taken")
        return _answer(order)

    def notices(self, keys: Sequence[str]) -> list[PaymentResult]:
        """See ``PaymentRail``."""
        found = [
            order for order in map(self._known, keys) if order and order.state is not PaymentState.unknown
        ]
        return [_answer(order) for order in found for _ in range(order.notices)]

    def paid(self) -> dict[str, Money]:
        """Key → sum of every order that was paid: what a test compares with the books."""
        files = sorted(self._orders.glob("*.json")) if self._orders.is_dir() else []
        orders = [_read(path) for path in files]
        return {
            each.key: Money(each.micros, each.currency) for each in orders if each.state is PaymentState.paid
        }

    def _next_behaviour(self, reference: str) -> Behaviour:
        """What was told for this call, which uses it up."""
        told = self._told()
        name = reference if reference in told else ANYBODY
        if name not in told:
            return Behaviour.pay
        behaviour, times = told.pop(name)
        if times > 1:
            told[name] = (behaviour, times - 1)
        self._write(self._behaviours, told)
        return Behaviour(behaviour)

    def _told(self) -> dict[str, tuple[str, int]]:
        if not self._behaviours.is_file():
            return {}
        told = json.loads(self._behaviours.read_text(encoding="utf-8"))
        return {reference: (behaviour, times) for reference, (behaviour, times) in told.items()}

    def _known(self, key: str) -> BankOrder | None:
        path = self._path(key)
        return _read(path) if path.is_file() else None

    def _path(self, key: str) -> Path:
        return self._orders / f"{hashlib.sha256(key.encode()).hexdigest()}.json"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes out; the lock ends with the process, however that ends."""
        try:
            self._orders.mkdir(parents=True, exist_ok=True)
            with (self._folder / "lock").open("w") as lock:
                flock(lock, LOCK_EX)
                yield
        except OSError as error:
            raise BankFolderUnusable(self._folder, error.strerror or str(error)) from error

    def _write(self, path: Path, content: object) -> None:
        """Put a file in place whole, or leave the old one: safe against a kill, which is what tests do, not a
        power cut.
        """
        handle, name = tempfile.mkstemp(dir=self._folder, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file)
        Path(name).replace(path)


def _order(key: str, contributor_id: str, reference: str, amount: Money, behaviour: Behaviour) -> BankOrder:
    state = {
        Behaviour.send_back: PaymentState.returned,
        Behaviour.answer_late: PaymentState.unknown,
    }.get(behaviour, PaymentState.paid)
    return BankOrder(
        key=key,
        contributor_id=contributor_id,
        reference=reference,
        micros=amount.micros,
        currency=amount.currency,
        state=state,
        bank_reference=f"TB-{hashlib.sha256(key.encode()).hexdigest()[:12].upper()}",
        reason="no such account" if state is PaymentState.returned else "",
        notices=2 if behaviour is Behaviour.answer_twice else 1,
    )


def _read(path: Path) -> BankOrder:
    data = json.loads(path.read_text(encoding="utf-8"))
    return BankOrder(**{**data, "state": PaymentState(data["state"])})


def _answer(order: BankOrder) -> PaymentResult:
    final = order.state is not PaymentState.unknown
    return PaymentResult(order.key, order.state, order.bank_reference if final else "", order.reason)
