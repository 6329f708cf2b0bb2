"""Folders of uploads and uploads in the database, for tests."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from factories.core import NOON, picture
from factories.files import encoded
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import Connection

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.kit.clock import FixedClock
from fairstock.kit.objects import ObjectStore
from fairstock.screening import store as screening
from fairstock.screening.model import Observation, ObservationKind, Outcome, Reason, ReasonCode, Verdict
from fairstock.upload import store as uploads
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.intake import receive
from fairstock.upload.look import keep_traits, traits_of
from fairstock.upload.manifest import Line
from fairstock.upload.model import Inspection, Limits, Upload, UploadState

CLOCK = FixedClock(NOON)
SUSPICION = Reason(ReasonCode.SIMILAR_WORK, Outcome.REVIEW, "a rule", "It is close to another.", "Wait.")
SIGHT = Observation(ObservationKind.COPY, "ast_x", {"difference": 0.4}, "test", "1")


class Colours:
    """Picture features for tests: how much of each brightness there is; no weights to load."""

    version = "test-colours/1"
    dimensions = EffnetFeatures.dimensions

    def inner(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Nothing but zeros, as many as the network within has."""
        return np.zeros((len(images), EffnetFeatures.inner_dimensions), dtype=np.float32)

    def embed(self, images: Iterable[Image.Image]) -> NDArray[np.float32]:
        """Unit vectors of shape (n, 1280)."""
        rows = [
            np.resize(np.asarray(image.resize((20, 20)), dtype=np.float32).ravel(), 1280) for image in images
        ]
        vectors = np.asarray(rows, dtype=np.float32).reshape(len(rows), 1280) + 1.0
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def folder_of(folder: Path, files: Mapping[str, tuple[str, bytes]]) -> Path:
    """A folder with uploads.csv: file name → (handle, bytes)."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "uploads.csv").open("w", newline="", encoding="utf-8") as sink:
        writer = csv.writer(sink)
        writer.writerow(["file", "contributor", "title", "keywords", "claim"])
        for name, (handle, data) in files.items():
            (folder / name).write_bytes(data)
            writer.writerow([name, handle, name.partition(".")[0], "test", "My own work."])
    return folder


def received(
    conn: Connection,
    objects: ObjectStore,
    tmp_path: Path,
    contributor_id: str,
    *,
    seed: int = 1,
    batch: str = "b",
) -> str:
    """An upload that waits; its id."""
    path = tmp_path / f"{seed}.png"
    path.write_bytes(encoded(picture(seed), "PNG"))
    line = Line(0, str(path), path.name, "ann", f"Work {seed}", ("test",), "mine")
    people = {"ann": contributor_id}
    (upload_id,) = receive(
        conn, objects, [line], contributors=people, batch=batch, limits=Limits(), clock=CLOCK
    )
    return upload_id


def looked_at(conn: Connection, objects: ObjectStore, guard: DecodeGuard, upload_id: str) -> None:
    """Note the traits of a waiting upload."""
    upload = uploads.get(conn, upload_id)
    keep_looks(conn, [(upload, guard.inspect([objects.get(upload.sha256)])[0])])


def keep_looks(conn: Connection, seen: Sequence[tuple[Upload, Inspection]]) -> None:
    """Keep what was learned of inspected uploads, with the quick features."""
    model = Colours()
    rows = []
    for upload, inspection in seen:
        vector = model.embed([inspection.picture])[0] if inspection.picture else None
        rows.append((upload, inspection, traits_of(upload.id, inspection, vector, model.version)))
    keep_traits(conn, rows)


def under_review(conn: Connection, upload_id: str) -> None:
    """Leave a waiting upload to people."""
    upload = uploads.get(conn, upload_id)
    screening.add_observations(conn, upload_id, [SIGHT])
    verdict = Verdict(Outcome.REVIEW, (SUSPICION,), "test-1")
    screening.add_verdict(conn, upload_id, upload.contributor_id, verdict, NOON)
    uploads.mark(conn, upload_id, UploadState.REVIEW)
