"""Looks at the books after a simulated year as an auditor would: our own checks and hash chain, other
people's programs, the bank's papers, and the published statements with the verifier that contributors have.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from fairstock.db.checks import run_checks
from fairstock.db.transaction import snapshot, transaction
from fairstock.fund import store as fund
from fairstock.ledger import chain
from fairstock.ledger import store as ledger
from fairstock.simulate.bank import SimulatedBank
from fairstock.simulate.model import Outcome
from fairstock.simulate.programs import complaints
from fairstock.simulate.world import World
from fairstock.statement.edition import published
from fairstock.statement.store import editions
from fairstock.statement.verify import verify


def audit(world: World, refused: int, crashes: int, papers: Path | None) -> Outcome:
    """What the year came to, with everything that is wrong about it.

    ``papers``: a folder in which the books are exported for other programs. Without it only the bank is
    compared with the books, for a playing whose books are compared with those of one that was read in full.
    """
    if papers is not None:
        with transaction(world.engine) as conn:
            chain.seal(conn)
    with snapshot(world.engine) as conn:
        troubles, statements = list(_bank_differs(conn, world.bank)), 0
        if papers is not None:
            troubles += [f"{rule.name}: {rule.sentence} {rule.rows[:3]}" for rule in run_checks(conn)]
            troubles += [f"{rule.sentence} {rule.rows}" for rule in chain.as_rule(conn)]
            troubles += complaints(conn, papers)
            statements, wrong = _statements(conn, world)
            troubles += wrong
        kinds = ledger.kinds(conn)
        return Outcome(
            seed=world.plan.seed,
            deliveries=len(world.plan.deliveries),
            refused=refused,
            crashes=crashes,
            transactions=sum(kinds.values()),
            kinds=kinds,
            paid=kinds.get("settlement", 0),
            taken_back=len(world.bank.ever_paid()) - len(world.bank.paid()),
            statements=statements,
            books=_books(conn),
            troubles=tuple(troubles),
        )


def _books(conn: Connection) -> str:
    """A digest over all transactions by key, whose order of booking does not count, and over the roots of all
    statements.
    """
    running = hashlib.sha256()
    for line in ledger.contents(conn):
        running.update(line.encode() + b"\n")
    for period in fund.periods(conn):
        edition = editions.latest(conn, period.id)
        root = f"{edition.number}|{edition.root}" if edition else ""
        running.update(f"{period.id}|{period.merkle_root}|{root}\n".encode())
    return running.hexdigest()


def _bank_differs(conn: Connection, bank: SimulatedBank) -> Iterator[str]:
    """Where the bank paid somebody more or less than the books say: nobody may be paid twice."""
    ever, stayed = bank.arrived()
    booked = ledger.settled(conn)
    for contributor in sorted(booked.keys() | ever.keys()):
        if ever.get(contributor, {}) != booked.get(contributor, {}):
            yield (
                f"the bank paid {contributor} {ever.get(contributor, {})} micro-units,"
                f" the books say {booked.get(contributor, {})}"
            )
    for currency in sorted({*stayed, *fund.currencies(conn)}):
        gone = -ledger.balance(conn, "cash:bank", currency).micros
        if gone != stayed.get(currency, 0):
            yield f"{stayed.get(currency, 0)} micro-{currency} left the bank, the books say {gone}"


def _statements(conn: Connection, world: World) -> tuple[int, list[str]]:
    """How many statements are published, and what the verifier finds wrong with the newest edition of each
    month.
    """
    number, wrong = 0, []
    for period in fund.periods(conn):
        edition = editions.latest(conn, period.id)
        if edition is None:
            continue
        root = json.loads(world.objects.get(edition.document_sha256))
        people = [leaf.contributor_id for leaf in editions.latest_issues(conn, period.id)]
        for who, files in published(conn, world.objects, period.id, people).items():
            statement = json.loads(files.json)
            inputs = {
                each for one in statement["currencies"] for pool in one["pools"] for each in pool["inputs"]
            }
            _, failed = verify(
                statement, root, {each: json.loads(world.objects.get(each)) for each in inputs}
            )
            number += 1
            wrong += [f"the statement of {who} for {period.id}: {each}" for each in failed]
    return number, wrong
