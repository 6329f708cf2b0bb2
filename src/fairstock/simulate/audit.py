"""Looks at the books after a simulated year as an auditor would: our own checks, and the bank's papers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, Engine

from fairstock.db.checks import run_checks
from fairstock.db.transaction import transaction
from fairstock.ledger import store as ledger
from fairstock.simulate.bank import SimulatedBank
from fairstock.simulate.model import Outcome, Plan


def audit(engine: Engine, plan: Plan, bank: SimulatedBank, refused: int, crashes: int) -> Outcome:
    """What the year came to, with everything that is wrong about it."""
    with transaction(engine) as conn:
        broken = [f"{rule.name}: {rule.sentence} {rule.rows[:3]}" for rule in run_checks(conn)]
        transactions, digest = _books(conn)
        troubles = [*broken, *_bank_differs(conn, bank)]
    return Outcome(
        seed=plan.seed,
        deliveries=len(plan.deliveries),
        refused=refused,
        crashes=crashes,
        transactions=transactions,
        books=digest,
        troubles=tuple(troubles),
    )


def _books(conn: Connection) -> tuple[int, str]:
    """Number of transactions, and a digest over all of them by key: the order of booking does not count."""
    running, number = hashlib.sha256(), 0
    for line in ledger.contents(conn):
        running.update(line.encode() + b"\n")
        number += 1
    return number, running.hexdigest()


def _bank_differs(conn: Connection, bank: SimulatedBank) -> Iterator[str]:
    """Where the bank paid somebody more or less than the books say: nobody may be paid twice."""
    paid, booked = bank.paid(), ledger.settled(conn)
    for contributor in sorted(booked.keys() | paid.keys()):
        if paid.get(contributor, {}) != booked.get(contributor, {}):
            yield (
                f"the bank paid {contributor} {paid.get(contributor, {})} micro-units,"
                f" the books say {booked.get(contributor, {})}"
            )
