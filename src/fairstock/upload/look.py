"""Looks at stored uploads: opens them behind the guard and keeps what later steps need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import Connection

from fairstock.asset.rules import fingerprint
from fairstock.upload import store
from fairstock.upload.model import Inspection, Traits, Upload
from fairstock.upload.picture import sketch_of


class Features(Protocol):
    """A model that turns pictures into vectors."""

    version: str
    """Vectors of different versions are not comparable."""

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Unit vectors of shape (n, 1280)."""
        ...


def keep_traits(
    conn: Connection, seen: Sequence[tuple[Upload, Inspection]], features: Features
) -> NDArray[np.float32]:
    """Refuse what the gate could not open, and store the traits of the rest (features in one batch).

    Returns the features of the opened pictures, in order, for those who look further.
    """
    for upload, inspection in seen:
        if inspection.refusal is not None:
            store.refuse(conn, upload.id, inspection.refusal)
    opened = [(upload.id, each, each.picture) for upload, each in seen if each.picture is not None]
    vectors = features.embed([picture for _, _, picture in opened])
    rows = [
        _traits(upload_id, each, picture, vector, features.version)
        for (upload_id, each, picture), vector in zip(opened, vectors, strict=True)
    ]
    store.add_traits(conn, rows)
    return vectors


def _traits(
    upload_id: str, inspection: Inspection, picture: Image.Image, vector: NDArray[np.float32], version: str
) -> Traits:
    hashes = fingerprint(picture)
    return Traits(
        upload_id=upload_id,
        mime=inspection.mime,
        width=inspection.width,
        height=inspection.height,
        phash=hashes.phash,
        phash_mirror=hashes.phash_mirror,
        embedding=[float(number) for number in vector],
        embedding_version=version,
        sketch=sketch_of(picture),
    )
