"""Invariants of the stored data, one SQL file each: a query that must return no row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from fairstock.db.sqlfiles import sql_dir
from fairstock.kit.errors import Failure

SENTENCE = "-- sentence:"
"""How the first line of a check begins; the rest of that line says in words what must hold."""

EVIDENCE_ROWS = 50
"""Offending rows that a broken rule brings along, at most."""


class CheckWithoutSentence(Failure):
    """A check does not say what must hold."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"The check {name} has no sentence.", remedy=f"begin sql/checks/{name}.sql with '{SENTENCE} …'"
        )


@dataclass(frozen=True, slots=True)
class Check:
    """An invariant."""

    name: str
    """Name of its file without the ending."""
    sentence: str
    """What must hold, in words."""
    query: str
    """SQL that returns one row for each violation."""


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """An invariant that does not hold."""

    name: str
    """Name of the check."""
    sentence: str
    """What should hold, in words."""
    rows: tuple[Mapping[str, Any], ...]
    """The first ``EVIDENCE_ROWS`` offending rows, column by column."""


def load_checks() -> list[Check]:
    """All checks in ``sql/checks``, by name; raises ``CheckWithoutSentence``."""
    checks = []
    for path in sorted((sql_dir() / "checks").glob("*.sql")):
        query = path.read_text(encoding="utf-8")
        first = query.partition("\n")[0]
        if not first.startswith(SENTENCE):
            raise CheckWithoutSentence(path.stem)
        checks.append(Check(path.stem, first.removeprefix(SENTENCE).strip(), query))
    return checks


def run_check(conn: Connection, check: Check) -> BrokenRule | None:
    """The rule with its evidence where it is broken, ``None`` where it holds."""
    result = conn.exec_driver_sql(check.query, execution_options={"no_parameters": True})
    rows = tuple(dict(row) for row in result.mappings().fetchmany(EVIDENCE_ROWS))
    result.close()
    return BrokenRule(check.name, check.sentence, rows) if rows else None


def run_checks(conn: Connection) -> list[BrokenRule]:
    """Run every check; an empty list means that all rules hold."""
    outcomes = (run_check(conn, check) for check in load_checks())
    return [broken for broken in outcomes if broken is not None]
