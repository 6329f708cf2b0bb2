"""What was seen and what the machine said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, RowMapping, Text, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.ids import derived_id
from fairstock.screening.model import (
    Effect,
    Observation,
    ObservationKind,
    Outcome,
    Reason,
    ReasonCode,
    Verdict,
)
from fairstock.screening.tables import screening_observation, screening_verdict


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict of the machine, to be stored."""

    upload_id: str
    contributor_id: str
    verdict: Verdict
    at: datetime
    observed: Sequence[Observation] = ()
    """On what it rests."""
    effect: Effect | None = None
    """What follows; default: people where it is for them, else it acts."""


def add_observations(conn: Connection, upload_id: str, seen: Iterable[Observation]) -> None:
    """Store what detectors saw in an upload; the same sight again is a no-op."""
    add_observations_many(conn, {upload_id: seen})


def add_observations_many(conn: Connection, seen: Mapping[str, Iterable[Observation]]) -> None:
    """The same for several uploads, by their ids."""
    rows = [_observation_row(upload_id, each) for upload_id, row in seen.items() for each in row]
    if rows:
        conn.execute(insert(screening_observation).on_conflict_do_nothing(), rows)


def with_new(
    upload_id: str, stored: Iterable[Observation], new: Iterable[Observation]
) -> tuple[Observation, ...]:
    """What ``observations`` gives of an upload once new ones are added, for whoever decides before that."""
    found = {each.identity(upload_id): replace(each, evidence=_as_stored(each)) for each in new}
    found |= {each.identity(upload_id): each for each in stored}
    return tuple(found[identity] for identity in sorted(found))


def _as_stored(seen: Observation) -> Any:
    """The evidence as JSON has it."""
    return json.loads(json.dumps(seen.evidence))


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
    conn: Connection,
    upload_id: str,
    contributor_id: str,
    verdict: Verdict,
    at: datetime,
    *,
    effect: Effect | None = None,
    observed: Iterable[Observation] = (),
) -> None:
    """Store the machine's verdict behind the upload's earlier ones.

    ``effect`` says what follows (default: people where it is for them, else it acts), ``observed`` on what it
    rests. The same policy on the same observations is the same verdict, and the first stays.
    """
    add_verdicts(conn, [Said(upload_id, contributor_id, verdict, at, tuple(observed), effect)])


def add_verdicts(conn: Connection, said: Sequence[Said]) -> None:
    """The same for several uploads, in their order."""
    other = screening_verdict.alias("earlier")
    before = select(func.coalesce(func.max(other.c.number), 0)).where(
        other.c.upload_id == bindparam("of_upload")
    )
    query = insert(screening_verdict).values(number=before.scalar_subquery() + 1)
    if said:
        rows = [_verdict_row(each) for each in said]
        conn.execute(query.on_conflict_do_nothing(index_elements=["id"]), rows)


def _verdict_row(said: Said) -> dict[str, Any]:
    verdict = said.verdict
    identity, rests = _identity(said.upload_id, verdict, said.observed)
    return {
        "id": identity,
        "upload_id": said.upload_id,
        "of_upload": said.upload_id,
        "contributor_id": said.contributor_id,
        "policy_version": verdict.policy_version,
        "outcome": verdict.outcome.value,
        "reasons": verdict.codes,
        "notice": [asdict(reason) for reason in verdict.reasons],
        "decided_at": said.at,
        "effect": (said.effect or usual_effect(verdict.outcome)).value,
        "observed": rests,
    }


def _identity(upload_id: str, verdict: Verdict, observed: Iterable[Observation]) -> tuple[str, list[str]]:
    """The verdict's id, and the ids of the observations on which it rests."""
    rests = sorted({each.identity(upload_id) for each in observed})
    return derived_id("ver", upload_id, verdict.policy_version, *rests), rests


def knows_verdict(
    conn: Connection, upload_id: str, verdict: Verdict, observed: Iterable[Observation]
) -> bool:
    """Whether this verdict, on these observations, is stored already."""
    identity, _ = _identity(upload_id, verdict, observed)
    return conn.scalar(select(screening_verdict.c.id).where(screening_verdict.c.id == identity)) is not None


def verdict(conn: Connection, verdict_id: str) -> Verdict | None:
    """A verdict by its id, or None."""
    query = select(screening_verdict).where(screening_verdict.c.id == verdict_id)
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else verdict_of(row)


def usual_effect(outcome: Outcome) -> Effect:
    """What follows from a verdict on an upload that nobody decided about yet."""
    return Effect.PEOPLE if outcome in {Outcome.REVIEW, Outcome.REQUEST} else Effect.ACTS


def verdicts(conn: Connection, upload_ids: Iterable[str]) -> dict[str, Verdict]:
    """Upload id → its latest verdict by the machine."""
    table = screening_verdict
    query = select(table).where(table.c.upload_id.in_(list(upload_ids))).order_by(table.c.number)
    return {row["upload_id"]: verdict_of(row) for row in conn.execute(query).mappings()}


def latest_verdict_id(conn: Connection, upload_id: str) -> str | None:
    """The id of the machine's latest verdict about an upload, or None."""
    table = screening_verdict
    query = select(table.c.id).where(table.c.upload_id == upload_id)
    return conn.scalar(query.order_by(table.c.number.desc()).limit(1))


def acted_after(conn: Connection, verdict_id: str) -> bool:
    """Whether the upload followed a later verdict of the machine than this one."""
    said, later = screening_verdict, screening_verdict.alias("later")
    query = (
        select(later.c.id)
        .join_from(said, later, later.c.upload_id == said.c.upload_id)
        .where(said.c.id == verdict_id, later.c.number > said.c.number)
        .where(later.c.effect == Effect.ACTS.value)
    )
    return conn.scalar(query.limit(1)) is not None


def history(conn: Connection, upload_id: str) -> list[tuple[Verdict, Effect, datetime]]:
    """Every verdict of the machine about an upload, the first one first, with what followed and when."""
    table = screening_verdict
    query = select(table).where(table.c.upload_id == upload_id).order_by(table.c.number)
    return [
        (verdict_of(row), Effect(row["effect"]), row["decided_at"]) for row in conn.execute(query).mappings()
    ]


def tails(conn: Connection, upload_ids: Iterable[str], model: str = "") -> dict[str, float]:
    """Upload id → the pixel detector's p-value, by ``model`` where one is named; others are missing."""
    table = screening_observation
    query = (
        select(table.c.upload_id, table.c.evidence["tail"].astext)
        .where(table.c.upload_id == func.any(_ids(upload_ids)), table.c.kind == ObservationKind.PIXELS.value)
        .order_by(table.c.detector_version, table.c.id)
    )
    if model:
        query = query.where(table.c.value == model)
    return {upload_id: float(tail) for upload_id, tail in conn.execute(query) if tail is not None}


def _observation_row(upload_id: str, seen: Observation) -> dict[str, Any]:
    return {
        "id": seen.identity(upload_id),
        "upload_id": upload_id,
        "kind": seen.kind.value,
        "value": seen.value,
        "evidence": dict(seen.evidence),
        "detector": seen.detector,
        "detector_version": seen.detector_version,
    }


def _observation(row: RowMapping) -> Observation:
    return Observation(
        ObservationKind(row["kind"]), row["value"], row["evidence"], row["detector"], row["detector_version"]
    )


def _ids(given: Iterable[str]) -> ColumnElement[Any]:
    """One array as a parameter, since an account may have more uploads than a query may have parameters."""
    array: Any = ARRAY(Text)
    return literal(list(given), array)


def verdict_of(row: RowMapping) -> Verdict:
    """A stored verdict."""
    return Verdict(Outcome(row["outcome"]), reasons_of(row["notice"]), row["policy_version"])


def reasons_of(notice: Sequence[dict[str, str]]) -> tuple[Reason, ...]:
    return tuple(
        Reason(**{**each, "code": ReasonCode(each["code"]), "outcome": Outcome(each["outcome"])})  # type: ignore[arg-type]
        for each in notice
    )
