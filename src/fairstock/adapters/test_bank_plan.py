"""How the test bank misbehaves: on order, or by a plan that a seed decides."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fairstock.kit.errors import BadInput


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
    time_out = "time_out"
    """Takes the order, answers nothing, and pays when it is asked again."""
    answer_late = "answer_late"
    """Takes the order and can tell only when it is asked again."""
    answer_twice = "answer_twice"
    """Pays, and sends the notice about it twice."""
    contradict = "contradict"
    """Pays and says so, then sends a notice that the money was returned, which is not true."""
    take_back = "take_back"
    """Pays; when its notices are asked for a second time or later, it has taken the money back."""


class BadBankPlan(BadInput):
    """A plan of misbehaviour cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The test bank's plan {path} cannot be used: {reason}.",
            remedy='write {"seed": 7, "weights": {"pay": 5, "answer_late": 1}}; behaviours: '
            + ", ".join(Behaviour),
        )


@dataclass(frozen=True, slots=True)
class BankPlan:
    """Draws a behaviour for each call; the same seed, order and number of the call give the same one."""

    seed: int
    weights: Mapping[Behaviour, int]
    """How often each behaviour is drawn, in relation to the others."""
    patience: int = 4
    """Calls about one order that may go wrong; from then on the bank pays as it should, so that all things
    end.
    """

    def behaviour(self, key: str, call: int) -> Behaviour:
        """What happens at the ``call``-th (from 1) call about the order ``key``."""
        total = sum(self.weights.values())
        if call > self.patience or total <= 0:
            return Behaviour.pay
        digest = hashlib.sha256(f"{self.seed}/{key}/{call}".encode()).digest()
        drawn = int.from_bytes(digest[:8], "big") % total
        for behaviour in Behaviour:
            drawn -= self.weights.get(behaviour, 0)
            if drawn < 0:
                return behaviour
        return Behaviour.pay

    def write(self, path: Path) -> None:
        """Put the plan where a bank of this folder finds it."""
        weights = {behaviour.value: weight for behaviour, weight in self.weights.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps({"seed": self.seed, "weights": weights, "patience": self.patience}), encoding="utf-8"
        )

    @classmethod
    def read(cls, path: Path) -> BankPlan:
        """The plan in a JSON file; raises ``BadBankPlan``."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            weights = {Behaviour(name): int(weight) for name, weight in data["weights"].items()}
            return cls(int(data["seed"]), weights, int(data.get("patience", 4)))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadBankPlan(path, f"{type(error).__name__}: {error}") from error
