"""What is kept of a look at an upload, so that later steps need no second decoding."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from fairstock.asset.model import LocalFeatures
from fairstock.asset.rules import fingerprint
from fairstock.upload import store
from fairstock.upload.model import Inspection, Traits, Upload
from fairstock.upload.picture import sketch_of


def traits_of(
    upload_id: str,
    inspection: Inspection,
    vector: NDArray[np.float32] | None,
    version: str,
    local: LocalFeatures | None = None,
) -> Traits | None:
    """The traits of an opened picture with its features by the model ``version``; None of a refused file."""
    if inspection.picture is None or vector is None:
        return None
    hashes = fingerprint(inspection.picture)
    return Traits(
        upload_id=upload_id,
        mime=inspection.mime,
        width=inspection.width,
        height=inspection.height,
        phash=hashes.phash,
        phash_mirror=hashes.phash_mirror,
        embedding=[float(number) for number in vector],
        embedding_version=version,
        sketch=sketch_of(inspection.picture),
        local=local,
    )


def keep_traits(conn: Connection, seen: Iterable[tuple[Upload, Inspection, Traits | None]]) -> None:
    """Refuse what the gate could not open, and store the traits of the rest."""
    rows = []
    for upload, inspection, traits in seen:
        if inspection.refusal is not None:
            store.refuse(conn, upload.id, inspection.refusal)
        elif traits is not None:
            rows.append(traits)
    store.add_traits(conn, rows)
