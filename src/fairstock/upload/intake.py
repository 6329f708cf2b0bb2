"""Takes files in: bytes into the object store first, then the rows that name them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection

from fairstock.kit.clock import Clock
from fairstock.kit.errors import BadInput
from fairstock.kit.objects import ObjectStore
from fairstock.upload import store
from fairstock.upload.manifest import Line
from fairstock.upload.model import Limits, Refusal, Upload, UploadState
from fairstock.upload.rules import refuse_size


class FileVanished(BadInput):
    """A file that the manifest names cannot be read."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"The file {path} cannot be read: {reason}.", remedy="put it back and run again")


def receive(
    conn: Connection,
    objects: ObjectStore,
    lines: Sequence[Line],
    *,
    contributors: Mapping[str, str],
    batch: str,
    limits: Limits,
    clock: Clock,
) -> list[str]:
    """Store the files of ``lines`` and return their upload ids in order; what is stored already stays as it
    is.

    ``contributors`` maps handles to party ids. A file over the size limit is noted and refused without its
    bytes being kept. Raises FileVanished.
    """
    uploads = [
        (
            line.position,
            _upload(line, contributors[line.contributor], batch, _keep(objects, line, limits), clock),
        )
        for line in lines
    ]
    store.add(conn, uploads)
    return [upload.id for _, upload in uploads]


Kept = tuple[str, int, Refusal | None]
"""Digest and size of a file, and the refusal of one that is too large to be kept."""


def _upload(line: Line, contributor_id: str, batch: str, kept: Kept, clock: Clock) -> Upload:
    sha256, size, refusal = kept
    return Upload(
        id=store.id_of(contributor_id, batch, line.filename, sha256),
        contributor_id=contributor_id,
        batch=batch,
        filename=line.filename,
        sha256=sha256,
        size=size,
        title=line.title,
        keywords=line.keywords,
        claim=_claim(line),
        received_at=clock.now(),
        state=UploadState.REFUSED if refusal else UploadState.RECEIVED,
        asset_id=None,
        refusal=refusal,
    )


def _claim(line: Line) -> dict[str, str]:
    """The rights claim; what was not said is not there."""
    said = {"description": line.description, "model_release": line.model_release}
    return {"statement": line.claim} | {name: text for name, text in said.items() if text}


def _keep(objects: ObjectStore, line: Line, limits: Limits) -> Kept:
    """Store the bytes of a file, unless it is too large."""
    path = Path(line.path)
    try:
        size = path.stat().st_size
        refusal = refuse_size(size, limits)
        if refusal is not None:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest(), size, refusal
        data = path.read_bytes()
    except OSError as error:
        raise FileVanished(str(path), error.strerror or str(error)) from error
    return objects.put(data), len(data), None
