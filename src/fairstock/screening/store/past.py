"""What an account's earlier uploads say about a new one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from fairstock.screening.model import ObservationKind, Outcome
from fairstock.screening.tables import screening_observation, screening_review, screening_verdict

BURST = timedelta(minutes=10)
"""Pictures closer than this in time are of one occasion."""
EXIF_TIME = "%Y:%m:%d %H:%M:%S"
"""Sorts as text as it does as time."""


def burst_neighbours(
    conn: Connection,
    upload_id: str,
    contributor_id: str,
    body: str,
    taken: str,
    *,
    also: Collection[str] = (),
) -> int:
    """Earlier pictures of a contributor by the same camera body within ``BURST`` of ``taken`` (EXIF's form).

    ``also``: uploads of the contributor whose verdict is not stored yet. A time that is none has no
    neighbours.
    """
    try:
        moment = datetime.strptime(taken, EXIF_TIME)  # noqa: DTZ007 - EXIF has local times without a zone
    except ValueError:
        return 0
    seen, verdict = screening_observation, screening_verdict
    first, last = ((moment + sign * BURST).strftime(EXIF_TIME) for sign in (-1, 1))
    of_account = select(verdict.c.upload_id).where(verdict.c.contributor_id == contributor_id)
    query = select(func.count(seen.c.upload_id.distinct())).where(
        seen.c.upload_id.in_(of_account) | seen.c.upload_id.in_(list(also)),
        seen.c.kind == ObservationKind.HUMAN_ORIGIN.value,
        seen.c.evidence["body"].astext == body,
        seen.c.evidence["taken"].astext.between(first, last),
        seen.c.upload_id != upload_id,
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
