"""All SQL on what was found in pictures that buyers sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.ids import derived_id
from fairstock.moderation.consent import Outcome
from fairstock.moderation.tables import moderation_finding


@dataclass(frozen=True, slots=True)
class PictureFinding:
    """What was found in one picture of one request, and what followed."""

    ask: str
    """Names the request by its buyer and content; a repeated request has the same."""
    buyer_id: str
    sha256: str | None
    """The picture that was sent; None for one that was made, and thrown away."""
    kind: str
    """``faces``, ``likeness`` (a picture of the opt-out list) or ``nudity``."""
    outcome: Outcome
    evidence: Mapping[str, Any]
    policy_version: str
    found_at: datetime


def add(conn: Connection, finding: PictureFinding) -> str:
    """Note a finding and return its id; the same one again is a no-op, so the first stays.

    Another outcome for the same picture and request (a consent declared later) is another finding.
    """
    identity = derived_id("fnd", finding.ask, finding.sha256 or "", finding.kind, finding.outcome.value)
    row = {name: getattr(finding, name) for name in PictureFinding.__slots__}
    values = row | {"id": identity, "outcome": finding.outcome.value, "evidence": dict(finding.evidence)}
    conn.execute(insert(moderation_finding).values(values).on_conflict_do_nothing())
    return identity


def refused(conn: Connection, ask: str) -> bool:
    """Whether anything in the pictures of a request was found that may not be worked on or delivered."""
    table = moderation_finding
    mine = select(table.c.id).where(table.c.ask == ask, table.c.outcome == Outcome.refused.value)
    return conn.scalar(mine.limit(1)) is not None


def findings(conn: Connection, outcome: Outcome | None = None, limit: int = 100) -> list[PictureFinding]:
    """The newest findings, those of one outcome where it is given."""
    table = moderation_finding
    query = select(table).order_by(table.c.found_at.desc(), table.c.id).limit(limit)
    if outcome is not None:
        query = query.where(table.c.outcome == outcome.value)
    return [
        PictureFinding(
            **{name: row[name] for name in PictureFinding.__slots__} | {"outcome": Outcome(row["outcome"])}
        )
        for row in conn.execute(query).mappings()
    ]
