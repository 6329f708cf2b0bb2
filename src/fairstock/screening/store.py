"""All SQL of screening."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.ids import derived_id
from fairstock.screening.model import (
    Observation,
    ObservationKind,
    Outcome,
    QueueItem,
    Reason,
    ReasonCode,
    Review,
    Verdict,
)
from fairstock.screening.tables import screening_observation, screening_review, screening_verdict

BURST = timedelta(minutes=10)
"""Pictures closer than this in time are of one occasion."""
EXIF_TIME = "%Y:%m:%d %H:%M:%S"
"""Sorts as text as it does as time."""
LEFT_TO_PEOPLE = (Outcome.REVIEW.value, Outcome.REQUEST.value)
"""Verdicts that a person ends, with or without evidence from the contributor."""


def add_observations(conn: Connection, upload_id: str, seen: Iterable[Observation]) -> None:
    """Store what detectors saw in an upload; the same sight again is a no-op."""
    rows = [_observation_row(upload_id, each) for each in seen]
    if rows:
        conn.execute(insert(screening_observation).on_conflict_do_nothing(), rows)


def observations(conn: Connection, upload_ids: Iterable[str]) -> dict[str, tuple[Observation, ...]]:
    """Upload id → everything seen in it, in a stable order; uploads without observations are missing."""
    table = screening_observation
    query = (
        select(table).where(table.c.upload_id.in_(list(upload_ids))).order_by(table.c.upload_id, table.c.id)
    )
    found: dict[str, list[Observation]] = {}
    for row in conn.execute(query).mappings():
        found.setdefault(row["upload_id"], []).append(_observation(row))
    return {upload_id: tuple(seen) for upload_id, seen in found.items()}


def add_verdict(
    conn: Connection, upload_id: str, contributor_id: str, verdict: Verdict, at: datetime
) -> None:
    """Store the machine's verdict; under one policy version an upload has one, and the first stays."""
    row = {
        "id": derived_id("ver", upload_id, verdict.policy_version),
        "upload_id": upload_id,
        "contributor_id": contributor_id,
        "policy_version": verdict.policy_version,
        "outcome": verdict.outcome.value,
        "reasons": verdict.codes,
        "notice": [asdict(reason) for reason in verdict.reasons],
        "decided_at": at,
    }
    conn.execute(insert(screening_verdict).values(row).on_conflict_do_nothing())


def verdicts(conn: Connection, upload_ids: Iterable[str]) -> dict[str, Verdict]:
    """Upload id → its latest verdict by the machine."""
    table = screening_verdict
    query = (
        select(table).where(table.c.upload_id.in_(list(upload_ids))).order_by(table.c.decided_at, table.c.id)
    )
    return {
        row["upload_id"]: Verdict(Outcome(row["outcome"]), _reasons(row["notice"]), row["policy_version"])
        for row in conn.execute(query).mappings()
    }


def queue(conn: Connection, limit: int = 50) -> list[QueueItem]:
    """Uploads that the policy sent to people and nobody decided yet, oldest first."""
    verdict, review = screening_verdict, screening_review
    query = (
        select(verdict)
        .outerjoin(review, review.c.upload_id == verdict.c.upload_id)
        .where(verdict.c.outcome.in_(LEFT_TO_PEOPLE), review.c.id.is_(None))
        .order_by(verdict.c.decided_at, verdict.c.upload_id)
        .limit(limit)
    )
    rows = conn.execute(query).mappings().all()
    seen = observations(conn, [row["upload_id"] for row in rows])
    return [_queue_item(row, seen.get(row["upload_id"], ())) for row in rows]


def waiting_verdict(conn: Connection, upload_id: str) -> QueueItem | None:
    """The machine's verdict where it was left to people, locked until the transaction ends; None where it
    was not.
    """
    table = screening_verdict
    query = select(table).where(table.c.upload_id == upload_id, table.c.outcome.in_(LEFT_TO_PEOPLE))
    row = (
        conn.execute(query.order_by(table.c.decided_at.desc()).limit(1).with_for_update())
        .mappings()
        .one_or_none()
    )
    return None if row is None else _queue_item(row, observations(conn, [upload_id]).get(upload_id, ()))


def add_review(conn: Connection, review: Review) -> None:
    """Store a person's decision; the unique upload keeps a second one out."""
    values = asdict(review) | {"outcome": review.outcome.value, "reason_codes": list(review.reason_codes)}
    conn.execute(insert(screening_review).values(values))


def review_of(conn: Connection, upload_id: str) -> Review | None:
    """What a person decided about an upload, or None."""
    table = screening_review
    row = conn.execute(select(table).where(table.c.upload_id == upload_id)).mappings().one_or_none()
    if row is None:
        return None
    return Review(**{**row, "outcome": Outcome(row["outcome"]), "reason_codes": tuple(row["reason_codes"])})


def _observation_row(upload_id: str, seen: Observation) -> dict[str, Any]:
    key = (upload_id, seen.kind.value, seen.value, seen.detector, seen.detector_version)
    return {"id": derived_id("obs", *key), "upload_id": upload_id, **asdict(seen), "kind": seen.kind.value}


def _observation(row: RowMapping) -> Observation:
    return Observation(
        ObservationKind(row["kind"]), row["value"], row["evidence"], row["detector"], row["detector_version"]
    )


def _queue_item(row: RowMapping, seen: Sequence[Observation]) -> QueueItem:
    return QueueItem(
        upload_id=row["upload_id"],
        contributor_id=row["contributor_id"],
        reasons=_reasons(row["notice"]),
        observations=tuple(seen),
        policy_version=row["policy_version"],
        decided_at=row["decided_at"],
    )


def _reasons(notice: Sequence[dict[str, str]]) -> tuple[Reason, ...]:
    return tuple(
        Reason(**{**each, "code": ReasonCode(each["code"]), "outcome": Outcome(each["outcome"])})  # type: ignore[arg-type]
        for each in notice
    )


def burst_neighbours(conn: Connection, upload_id: str, contributor_id: str, body: str, taken: str) -> int:
    """Earlier pictures of a contributor by the same camera body within ``BURST`` of ``taken`` (EXIF's form).

    A time that is none has no neighbours.
    """
    try:
        moment = datetime.strptime(taken, EXIF_TIME)  # noqa: DTZ007 - EXIF has local times without a zone
    except ValueError:
        return 0
    seen, verdict = screening_observation, screening_verdict
    first, last = ((moment + sign * BURST).strftime(EXIF_TIME) for sign in (-1, 1))
    query = (
        select(func.count(seen.c.upload_id.distinct()))
        .join_from(seen, verdict, verdict.c.upload_id == seen.c.upload_id)
        .where(
            verdict.c.contributor_id == contributor_id,
            seen.c.kind == ObservationKind.HUMAN_ORIGIN.value,
            seen.c.evidence["body"].astext == body,
            seen.c.evidence["taken"].astext.between(first, last),
            seen.c.upload_id != upload_id,
        )
    )
    return int(conn.execute(query).scalar_one())


def verified_works(conn: Connection, contributor_id: str) -> int:
    """Uploads of a contributor that a person looked at and let pass."""
    review, verdict = screening_review, screening_verdict
    query = (
        select(func.count(review.c.upload_id.distinct()))
        .join_from(review, verdict, verdict.c.upload_id == review.c.upload_id)
        .where(verdict.c.contributor_id == contributor_id, review.c.outcome == Outcome.ACCEPT.value)
    )
    return int(conn.execute(query).scalar_one())
