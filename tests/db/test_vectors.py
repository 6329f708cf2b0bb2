"""Feature vectors go to the database and come back as bytes, exactly."""

from __future__ import annotations

import numpy as np
from factories.core import add_asset, add_contributor
from sqlalchemy import Connection, select, text

from fairstock.asset import store
from fairstock.asset.model import EMBEDDING_DIMENSIONS, AssetKind, Fingerprint, NewFingerprint
from fairstock.asset.tables import asset_fingerprint
from fairstock.db.vectors import Reals, asked


def test_a_vector_comes_back_as_it_was_given_to_the_last_bit(conn: Connection) -> None:
    numbers = np.random.default_rng(5).normal(size=EMBEDDING_DIMENSIONS).astype(np.float32)
    work = add_asset(conn, add_contributor(conn), 1)
    store.add_fingerprint(conn, NewFingerprint(work, Fingerprint(1, 2), numbers.tolist(), "v1", None))
    assert store.embeddings(conn, [work]) == {work: numbers.tolist()}
    as_text = conn.scalar(text("SELECT embedding::text FROM asset_fingerprint"))
    assert as_text is not None
    assert np.array(as_text[1:-1].split(","), np.float32).tolist() == numbers.tolist()
    ((near, similarity),) = store.nearest(conn, numbers.tolist(), limit=3)
    assert (near, round(similarity, 6)) == (work, 1.0)
    ((found,),) = store.nearest_many(conn, [numbers.tolist()], limit=3, kind=AssetKind.human, version="v1")
    assert found.asset_id == work


def test_a_work_without_a_vector_has_none(conn: Connection) -> None:
    work = add_asset(conn, add_contributor(conn), 1)
    store.add_fingerprint(conn, NewFingerprint(work, Fingerprint(1, 2), None, None, None))
    assert conn.scalar(select(asset_fingerprint.c.embedding)) is None
    assert store.embeddings(conn, [work]) == {}


def test_many_vectors_are_taken_apart_in_their_order(conn: Connection) -> None:
    rows = [[1.0, -2.5, 0.0], [3.0, 4.0, 1e-30], [0.1, 0.2, 0.3]]
    given = {"asked": Reals.of_many(rows), "count": 3}
    found = conn.execute(text(f"WITH {asked(3)} SELECT number, vector::text FROM asked ORDER BY 1"), given)  # noqa: S608
    assert [(number, np.array(row[1:-1].split(","), np.float32).tolist()) for number, row in found] == [
        (number, np.float32(row).tolist()) for number, row in enumerate(rows, 1)
    ]
    none = {"asked": Reals.of_many([]), "count": 0}
    assert conn.execute(text(f"WITH {asked(3)} SELECT * FROM asked"), none).all() == []  # noqa: S608
