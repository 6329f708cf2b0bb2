"""Accounts that the sequential test flagged, and what staff made of it."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.screening.cases import Finding, FindingDecision, Standing
from fairstock.screening.tables import screening_finding, screening_finding_decision

Judged = tuple[Finding, FindingDecision | None]
"""A finding, and what a person made of it so far."""


def add_finding(conn: Connection, finding: Finding) -> None:
    """Store a finding; an account's finding of the same number stays as it was."""
    conn.execute(insert(screening_finding).values(asdict(finding)).on_conflict_do_nothing())


def findings(conn: Connection, *contributor_ids: str) -> list[Judged]:
    """The findings about these accounts, or about all where none is named, oldest first."""
    finding, decision = screening_finding, screening_finding_decision
    query = select(finding, decision).outerjoin(decision).order_by(finding.c.found_at, finding.c.id)
    if contributor_ids:
        query = query.where(finding.c.contributor_id.in_(contributor_ids))
    return [_judged(row) for row in conn.execute(query)]


def finding(conn: Connection, finding_id: str) -> Judged | None:
    """One finding, locked until the transaction ends; None where there is none."""
    table, decision = screening_finding, screening_finding_decision
    query = select(table, decision).outerjoin(decision).where(table.c.id == finding_id)
    row = conn.execute(query.with_for_update(of=table)).one_or_none()
    return None if row is None else _judged(row)


def add_finding_decision(conn: Connection, decision: FindingDecision) -> None:
    """Store what a person made of a finding; a finding is decided once."""
    values = asdict(decision) | {"standing": decision.standing.value}
    conn.execute(insert(screening_finding_decision).values(values))


def _judged(row: object) -> Judged:
    values = list(row)  # type: ignore[call-overload]
    width = len(screening_finding.c)
    found = Finding(*values[:width])
    if values[width] is None:
        return found, None
    rest = dict(zip(screening_finding_decision.c.keys(), values[width:], strict=True))
    return found, FindingDecision(**{**rest, "standing": Standing(rest["standing"])})
