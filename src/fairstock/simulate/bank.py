"""A bank that pays, returns, falls silent, answers late and repeats itself, as the seed and the key decide.

What it does never depends on how often it is asked, so that a crash between asking and booking changes
nothing but who has to ask again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from fairstock.kit.money import Money
from fairstock.payout.model import PaymentResult, PaymentState
from fairstock.payout.ports import BankUnreachable

RETURNED = 7
"""Orders whose mood ends in this digit come back."""


class SimulatedBank:
    """Keeps one file for each order that it took, in ``folder``; ``now`` is the simulated moment."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._seed = seed
        self.now: datetime | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def send(self, key: str, contributor_id: str, reference: str, amount: Money) -> PaymentResult:
        """Take the order once, and say what became of it so far; raises ``BankUnreachable`` on some days."""
        mood = self._mood(key)
        if mood < 10 and self._silent(key):
            raise BankUnreachable("simulated bank", "the line is dead")  # the order did not arrive
        self._take(key, contributor_id, amount)
        if mood < 20 and self._silent(key):
            raise BankUnreachable("simulated bank", "the answer was lost")  # it did
        return self._answer(key)

    def notices(self, keys: Sequence[str]) -> Sequence[PaymentResult]:
        """Final answers, every third one twice, in another order than asked."""
        found = [self._answer(key) for key in sorted(keys, key=self._mood) if self._file(key).exists()]
        finals = [answer for answer in found if answer.state is not PaymentState.unknown]
        return [*finals, *finals[::3]]

    def paid(self) -> dict[str, dict[str, int]]:
        """Contributor → currency → micro-units that arrived, once every answer is out."""
        totals: dict[str, dict[str, int]] = {}
        for path in sorted(self._folder.glob("*.json")):
            order = json.loads(path.read_text(encoding="utf-8"))
            if self._mood(order["key"]) % 10 != RETURNED:
                theirs = totals.setdefault(order["contributor"], {})
                theirs[order["currency"]] = theirs.get(order["currency"], 0) + order["micros"]
        return totals

    def _answer(self, key: str) -> PaymentResult:
        mood, number = self._mood(key), f"SIM-{key[-8:]}"
        if 20 <= mood < 35 and self._silent(key):
            return PaymentResult(key, PaymentState.unknown)
        if mood % 10 == RETURNED:
            return PaymentResult(key, PaymentState.returned, number, "account closed")
        return PaymentResult(key, PaymentState.paid, number)

    def _silent(self, key: str) -> bool:
        """Whether the bank is still silent about the order: for a few days after the month's first try."""
        assert self.now is not None  # noqa: S101  # set before each message
        begin = self.now.replace(day=1, hour=0, minute=0, second=0)
        return self.now < begin + timedelta(days=4 + self._mood(key) % 4)

    def _take(self, key: str, contributor_id: str, amount: Money) -> None:
        """Write the order as a whole or not at all; the second time nothing happens."""
        path = self._file(key)
        if path.exists():
            return
        partial = path.with_suffix(".partial")
        row = {
            "key": key,
            "contributor": contributor_id,
            "micros": amount.micros,
            "currency": amount.currency,
        }
        partial.write_text(json.dumps(row), encoding="utf-8")
        partial.rename(path)

    def _mood(self, key: str) -> int:
        """0 to 99, for good."""
        return int.from_bytes(hashlib.sha256(f"{self._seed}/{key}".encode()).digest()[:4]) % 100

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.json"
