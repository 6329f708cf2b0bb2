"""What waits for people, and what they decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    and_,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from fairstock.kit.ids import derived_id
from fairstock.screening.agreement import Decided
from fairstock.screening.cases import QueueItem
from fairstock.screening.model import Effect, Observation, Outcome, Review
from fairstock.screening.store.records import acted_after, observations, reasons_of
from fairstock.screening.store.words import appeals_by_id
from fairstock.screening.tables import (
    screening_appeal,
    screening_review,
    screening_verdict,
    screening_withdrawal,
)

_LATER = screening_verdict.alias("later")
_VERDICT, _REVIEW, _APPEAL = screening_verdict, screening_review, screening_appeal
_DECIDED = select(_REVIEW.c.id).where(_REVIEW.c.verdict_id == _VERDICT.c.id, _REVIEW.c.appeal_id.is_(None))
_LATEST = (
    ~select(_LATER.c.id)
    .where(_LATER.c.upload_id == _VERDICT.c.upload_id, _LATER.c.number > _VERDICT.c.number)
    .correlate(_VERDICT)
    .exists()
)
_GONE = select(screening_withdrawal.c.upload_id).where(
    screening_withdrawal.c.upload_id == _VERDICT.c.upload_id
)


def queue(
    conn: Connection, limit: int = 50, *, offset: int = 0, besides: Collection[str] = ()
) -> list[QueueItem]:
    """Uploads that people have to decide about, oldest first: what the policy sent to them, and appeals;
    ``besides`` names uploads that are left out.
    """
    query = _open().order_by("since", _VERDICT.c.upload_id)
    return _items(conn, _without(query, besides).limit(limit).offset(offset))


def queue_of(conn: Connection, upload_ids: Sequence[str]) -> list[QueueItem]:
    """Those of the uploads that people have to decide about, oldest first."""
    return _items(conn, _open().where(_VERDICT.c.upload_id.in_(upload_ids)).order_by("since"))


def queue_length(conn: Connection, *, besides: Collection[str] = ()) -> int:
    """How many uploads people have to decide about, but for those of ``besides``."""
    return conn.scalar(select(func.count()).select_from(_without(_open(), besides).subquery())) or 0


def _without(query: Select[tuple[object, ...]], upload_ids: Collection[str]) -> Select[tuple[object, ...]]:
    """A query of verdicts without those on some uploads."""
    return query.where(_VERDICT.c.upload_id.not_in(upload_ids)) if upload_ids else query


def waiting_verdict(conn: Connection, upload_id: str) -> QueueItem | None:
    """The upload as the queue has it, locked until the transaction ends; where it waits no longer, as it was
    (``open`` is False); None where it never was for people.
    """
    found = _items(conn, _open().where(_VERDICT.c.upload_id == upload_id).with_for_update(of=_VERDICT))
    return found[0] if found else _past(conn, upload_id)


def _open() -> Select[tuple[object, ...]]:
    """The latest verdict of every upload that has an open appeal or waits for a first decision."""
    answered = select(_REVIEW.c.id).where(_REVIEW.c.appeal_id == _APPEAL.c.id).exists()
    since = func.coalesce(_APPEAL.c.opened_at, _VERDICT.c.decided_at).label("since")
    joined = _VERDICT.outerjoin(_APPEAL, and_(_APPEAL.c.upload_id == _VERDICT.c.upload_id, ~answered))
    first = and_(_VERDICT.c.effect == Effect.PEOPLE.value, ~_DECIDED.exists())
    return (
        select(_VERDICT, _APPEAL.c.id.label("appeal_id"), since)
        .select_from(joined)
        .where(_LATEST, ~_GONE.exists(), or_(_APPEAL.c.id.is_not(None), first))
    )


def _past(conn: Connection, upload_id: str) -> QueueItem | None:
    """The latest verdict that people dealt with."""
    mine = _REVIEW.c.verdict_id == _VERDICT.c.id
    query = (
        select(_VERDICT, literal_column("NULL").label("appeal_id"), _VERDICT.c.decided_at.label("since"))
        .where(
            _VERDICT.c.upload_id == upload_id,
            or_(_VERDICT.c.effect == Effect.PEOPLE.value, select(_REVIEW.c.id).where(mine).exists()),
        )
        .order_by(_VERDICT.c.number.desc())
        .limit(1)
    )
    found = _items(conn, query, still=False)
    return found[0] if found else None


def _items(conn: Connection, query: Select[tuple[object, ...]], *, still: bool = True) -> list[QueueItem]:
    rows = conn.execute(query).mappings().all()
    ids = [row["upload_id"] for row in rows]
    seen, before = observations(conn, ids), reviews(conn, ids)
    appeals = appeals_by_id(conn, [row["appeal_id"] for row in rows if row["appeal_id"]])
    return [
        QueueItem(
            upload_id=row["upload_id"],
            contributor_id=row["contributor_id"],
            verdict_id=row["id"],
            outcome=Outcome(row["outcome"]),
            reasons=reasons_of(row["notice"]),
            observations=_rests_on(row, seen.get(row["upload_id"], ())),
            policy_version=row["policy_version"],
            decided_at=row["since"],
            appeal=appeals.get(row["appeal_id"]),
            before=tuple(before.get(row["upload_id"], ())),
            open=still,
        )
        for row in rows
    ]


def _rests_on(row: RowMapping, seen: Sequence[Observation]) -> tuple[Observation, ...]:
    """All that was seen; what the verdict did not rest on, such as a detector's older sight, comes last."""
    known = set(row["observed"])
    return tuple(sorted(seen, key=lambda each: bool(known) and each.identity(row["upload_id"]) not in known))


def add_review(conn: Connection, review: Review) -> None:
    """Store a person's decision; the unique number keeps a second one at the same time out."""
    values = asdict(review) | {"outcome": review.outcome.value, "reason_codes": list(review.reason_codes)}
    conn.execute(insert(screening_review).values(values))


def review_id(upload_id: str, number: int) -> str:
    """The id of an upload's decision 1, 2 … by people."""
    return derived_id("rev", upload_id, str(number))


def review_of(conn: Connection, upload_id: str) -> Review | None:
    """What a person decided last about an upload, or None."""
    found = reviews(conn, [upload_id]).get(upload_id)
    return found[-1] if found else None


def reviews(conn: Connection, upload_ids: Iterable[str]) -> dict[str, list[Review]]:
    """Upload id → what people decided about it, in order; uploads without decisions are missing."""
    table = screening_review
    query = select(table).where(table.c.upload_id.in_(list(upload_ids))).order_by(table.c.number)
    found: dict[str, list[Review]] = {}
    for row in conn.execute(query).mappings():
        values = {**row, "outcome": Outcome(row["outcome"]), "reason_codes": tuple(row["reason_codes"])}
        found.setdefault(row["upload_id"], []).append(Review(**values))
    return found


def standing_reviews(conn: Connection, upload_ids: Iterable[str]) -> dict[str, Review]:
    """Upload id → what a person decided last, where no later verdict of the machine was followed instead:
    what people send back to the gate is the machine's again.
    """
    last = {upload_id: found[-1] for upload_id, found in reviews(conn, upload_ids).items()}
    return {upload_id: each for upload_id, each in last.items() if not acted_after(conn, each.verdict_id)}


def decided(conn: Connection) -> list[Decided]:
    """Every decision by a person, beside what the machine and the person before had said."""
    verdict, review, before = screening_verdict, screening_review, screening_review.alias("before")
    query = (
        select(
            verdict.c.outcome,
            verdict.c.notice,
            review.c.outcome,
            before.c.outcome,
            review.c.appeal_id.is_not(None),
        )
        .join_from(review, verdict, verdict.c.id == review.c.verdict_id)
        .outerjoin(screening_appeal, screening_appeal.c.id == review.c.appeal_id)
        .outerjoin(before, before.c.id == screening_appeal.c.review_id)
        .order_by(review.c.decided_at, review.c.id)
    )
    return [
        Decided(
            Outcome(machine),
            tuple(dict.fromkeys(each["rule"] for each in notice)),
            Outcome(person),
            Outcome(former) if former else None,
            appeal,
        )
        for machine, notice, person, former, appeal in conn.execute(query)
    ]
