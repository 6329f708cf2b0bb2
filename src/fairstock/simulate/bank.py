"""The test bank with a seeded plan of misbehaviour that follows the calendar instead of counting calls.

It fails, falls silent, loses answers, answers late, twice and wrongly, and takes money back weeks later. What
it does on a simulated day never depends on how often it was asked that day, so a crash between asking and
booking changes nothing but who has to ask again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

from fairstock.adapters.test_bank import BankOrder, BankPlan, Behaviour, TestBank
from fairstock.kit.money import Money
from fairstock.payout.model import PaymentResult

WEIGHTS = dict.fromkeys(Behaviour, 1) | {Behaviour.pay: 5}
"""How often the bank does what."""

DAYS_OF_A_MOOD = 3
"""It changes its mind about an order every three days of a month; after twelve it pays as it should."""

RECALL = timedelta(days=30)
"""So long after it was first asked it takes money back, where it does."""


class SimulatedBank(TestBank):
    """A ``TestBank`` whose calendar is ``now``, the simulated moment."""

    def __init__(self, folder: Path, seed: int, step: Callable[[], None] = lambda: None) -> None:
        """``step`` is called before and after every file that it writes: a process may end there."""
        super().__init__(folder)
        self._plan = BankPlan(seed, WEIGHTS)
        self._begun = folder / "begun"
        self._step = step
        self.now: datetime | None = None
        self._begun.mkdir(parents=True, exist_ok=True)

    def send(self, key: str, contributor_id: str, reference: str, amount: Money) -> PaymentResult:
        """See ``PaymentRail``."""
        begun = self._begun / self._path(key).name
        if not begun.exists():
            self._write(begun, self._today().isoformat())
        return super().send(key, contributor_id, reference, amount)

    def notices(self, keys: Sequence[str]) -> list[PaymentResult]:
        """See ``PaymentRail``; money that is due to be taken back is taken before anything is said."""
        with self._alone():
            for order in map(self._known, keys):
                if order and order.recall and not order.taken_back and self._due(order):
                    self._write(self._path(order.key), asdict(replace(order, taken_back=True)))
        return super().notices(keys)

    def arrived(self) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
        """Contributor → currency → micro-units that ever arrived; currency → micro-units that were not taken
        back.
        """
        ever: dict[str, dict[str, int]] = {}
        stayed: dict[str, int] = {}
        for order in self._paid():
            theirs = ever.setdefault(order.contributor_id, {})
            theirs[order.currency] = theirs.get(order.currency, 0) + order.micros
            if not order.taken_back:
                stayed[order.currency] = stayed.get(order.currency, 0) + order.micros
        return ever, stayed

    def _planned(self, key: str) -> Behaviour:
        return self._plan.behaviour(key, 1 + (self._today().day - 1) // DAYS_OF_A_MOOD)

    def _count_down(self, order: BankOrder) -> None:
        """Calls do not count here."""

    def _due(self, order: BankOrder) -> bool:
        begun = json.loads((self._begun / self._path(order.key).name).read_text(encoding="utf-8"))
        return self._today() >= datetime.fromisoformat(begun) + RECALL

    def _today(self) -> datetime:
        assert self.now is not None  # noqa: S101  # set before each message
        return self.now

    def _write(self, path: Path, content: object) -> None:
        self._step()
        super()._write(path, content)
        self._step()
