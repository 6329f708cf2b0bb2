"""A bank for demos and tests: it moves no money, remembers every order on disk, and can be told to misbehave,
order by order or by a plan (``plan.json`` in its folder).

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
from fcntl import LOCK_EX, flock
from pathlib import Path

from fairstock.adapters.test_bank_plan import BankPlan, Behaviour
from fairstock.kit.errors import BadInput, Failure
from fairstock.kit.money import Money
from fairstock.payout.model import PaymentResult, PaymentState
from fairstock.payout.ports import BankUnreachable

__all__ = ["ANYBODY", "BankOrder", "BankPlan", "Behaviour", "KeyOfAnotherOrder", "NotPaid", "TestBank"]

ANYBODY = "*"
"""Instead of an account's reference: what holds for every account without its own behaviour."""


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
    contradicts: bool = False
    """Its notices also say the opposite."""
    recall: int = 0
    """Times that notices are asked for before the money is taken back; 0 = never."""
    taken_back: bool = False


class NotPaid(BadInput):
    """Only money that arrived can be taken back."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The test bank has not paid {key!r}.")


class TestBank:
    """A ``PaymentRail`` on a folder."""

    __test__ = False  # pytest would take it for a test by its name

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._orders = folder / "orders"
        self._behaviours = folder / "behaviours.json"
        self._calls = folder / "calls"
        self.plan = folder / "plan.json"
        """Where a ``BankPlan`` is read from, if there is one."""

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
            behaviour = self._next_behaviour(key, reference)
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
            elif order.state is PaymentState.unknown and behaviour not in _SLOW:
                order = replace(order, state=PaymentState.paid)
            self._write(self._path(key), asdict(order))
        if behaviour in (Behaviour.lose_answer, Behaviour.time_out):
            raise BankUnreachable("test bank", "connection reset after the order was taken")
        return _answer(order)

    def notices(self, keys: Sequence[str]) -> list[PaymentResult]:
        """See ``PaymentRail``."""
        said: list[PaymentResult] = []
        with self._alone():
            for order in map(self._known, keys):
                if order is None or order.state is PaymentState.unknown:
                    continue
                said += [_answer(order)] * order.notices
                if order.contradicts:
                    said.append(
                        replace(_answer(order), state=PaymentState.returned, reason="no such account")
                    )
                if order.taken_back:
                    said.append(_taken_back(order))
                elif order.recall:
                    self._count_down(order)
        return said

    def take_back(self, key: str) -> None:
        """Take the money of a paid order back, as banks do weeks later; raises ``NotPaid``."""
        with self._alone():
            order = self._known(key)
            if order is None or order.state is not PaymentState.paid:
                raise NotPaid(key)
            self._write(self._path(key), asdict(replace(order, taken_back=True)))

    def paid(self) -> dict[str, Money]:
        """Key → sum of every order that was paid and not taken back: what a test compares with the books."""
        return {each.key: Money(each.micros, each.currency) for each in self._paid() if not each.taken_back}

    def ever_paid(self) -> frozenset[str]:
        """Keys of every order that was paid, whatever came later."""
        return frozenset(each.key for each in self._paid())

    def _paid(self) -> list[BankOrder]:
        files = sorted(self._orders.glob("*.json")) if self._orders.is_dir() else []
        return [order for order in map(_read, files) if order.state is PaymentState.paid]

    def _count_down(self, order: BankOrder) -> None:
        left = order.recall - 1
        self._write(self._path(order.key), asdict(replace(order, recall=left, taken_back=left == 0)))

    def _next_behaviour(self, key: str, reference: str) -> Behaviour:
        """What was told for this call, which uses it up; or what the plan draws."""
        told = self._told()
        name = reference if reference in told else ANYBODY
        if name not in told:
            return self._planned(key)
        behaviour, times = told.pop(name)
        if times > 1:
            told[name] = (behaviour, times - 1)
        self._write(self._behaviours, told)
        return Behaviour(behaviour)

    def _planned(self, key: str) -> Behaviour:
        if not self.plan.is_file():
            return Behaviour.pay
        counter = self._calls / self._path(key).name
        call = 1 + (json.loads(counter.read_text(encoding="utf-8")) if counter.is_file() else 0)
        self._calls.mkdir(exist_ok=True)
        self._write(counter, call)
        return BankPlan.read(self.plan).behaviour(key, call)

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


_SLOW = (Behaviour.answer_late, Behaviour.time_out)
"""An order that meets these stays undecided."""


def _order(key: str, contributor_id: str, reference: str, amount: Money, behaviour: Behaviour) -> BankOrder:
    state = PaymentState.paid
    if behaviour is Behaviour.send_back:
        state = PaymentState.returned
    elif behaviour in _SLOW:
        state = PaymentState.unknown
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
        contradicts=behaviour is Behaviour.contradict,
        recall=2 if behaviour is Behaviour.take_back else 0,
    )


def _read(path: Path) -> BankOrder:
    data = json.loads(path.read_text(encoding="utf-8"))
    return BankOrder(**{**data, "state": PaymentState(data["state"])})


def _answer(order: BankOrder) -> PaymentResult:
    final = order.state is not PaymentState.unknown
    return PaymentResult(order.key, order.state, order.bank_reference if final else "", order.reason)


def _taken_back(order: BankOrder) -> PaymentResult:
    return PaymentResult(order.key, PaymentState.taken_back, order.bank_reference, "taken back by the bank")
