"""Uploads that were looked at already, for tests of what follows."""

from __future__ import annotations

from collections.abc import Sequence

from factories.core import NOON
from sqlalchemy import Connection

from fairstock.screening import store
from fairstock.screening.model import Observation, ObservationKind
from fairstock.upload import store as uploads
from fairstock.upload.model import Upload, UploadState


def add_scored(
    conn: Connection,
    contributor: str,
    tails: Sequence[float],
    *,
    model: str,
    first: int = 0,
    prefix: str = "upl",
) -> list[Upload]:
    """Received uploads, each another file, with what a pixel model said (``tail``), in order of arrival;
    their ids are ``<prefix>_<number>``, from number ``first`` on.
    """
    made = [_upload(contributor, number, prefix) for number in range(first, first + len(tails))]
    uploads.add(conn, list(enumerate(made, first)))
    for upload, tail in zip(made, tails, strict=True):
        seen = Observation(ObservationKind.PIXELS, model, {"tail": tail}, "pixels", model)
        store.add_observations(conn, upload.id, [seen])
    return made


def _upload(contributor: str, number: int, prefix: str) -> Upload:
    return Upload(
        id=f"{prefix}_{number:04d}",
        contributor_id=contributor,
        batch="b",
        filename=f"{number}.png",
        sha256=f"{number:064x}",
        size=1,
        title="",
        keywords=(),
        claim={},
        received_at=NOON,
        state=UploadState.RECEIVED,
        asset_id=None,
        refusal=None,
    )
