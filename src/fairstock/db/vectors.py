"""Feature vectors on their way to PostgreSQL and back as bytes; as text, a vector of 1,280 numbers takes
either side most of a millisecond.

To it they go as ``real[]``, of whose binary form no extension's types need to be known, and are made vectors
there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector.sqlalchemy import Vector
from psycopg.adapt import Dumper
from psycopg.pq import Format
from sqlalchemy import ColumnElement, Connection, Dialect, cast, func, text
from sqlalchemy.dialects.postgresql import ARRAY, REAL

_REAL, _REALS = 700, 1021
"""PostgreSQL's numbers of the types ``real`` and ``real[]``."""
_HEAD = np.dtype(
    [("dimensions", ">i4"), ("nulls", ">i4"), ("type", ">i4"), ("length", ">i4"), ("first", ">i4")]
)
_ENTRY = np.dtype([("bytes", ">i4"), ("number", ">f4")])


class Reals:
    """Numbers as PostgreSQL's ``real[]``, one after the other."""

    def __init__(self, numbers: Sequence[float] | NDArray[Any]) -> None:
        self.numbers = np.asarray(numbers, np.float32)

    @classmethod
    def of_many(cls, vectors: Sequence[Sequence[float]]) -> Reals:
        """Several vectors of one length, one behind the other; ``asked`` takes them apart."""
        return cls(
            np.concatenate([*(np.asarray(each, np.float32) for each in vectors), np.zeros(0, np.float32)])
        )


_SEARCH_WIDTH = text(
    "SELECT set_config('hnsw.ef_search', :width, true), "
    "set_config('hnsw.iterative_scan', 'strict_order', true)"
)


def search_width(conn: Connection, limit: int) -> None:
    """Let an index of vectors look far enough for ``limit`` results, until the transaction ends."""
    conn.execute(_SEARCH_WIDTH, {"width": str(min(1000, max(100, 2 * limit)))})


def given(vectors: Sequence[Sequence[float]]) -> dict[str, Any]:
    """The parameters of ``asked``."""
    return {"asked": Reals.of_many(vectors), "count": len(vectors)}


def asked(dimensions: int) -> str:
    """SQL for a table ``asked(number, vector)`` of the vectors ``given``, numbered from 1."""
    part = f"(number - 1) * {dimensions} + 1 \\: number * {dimensions}"
    return f"""
        asked AS MATERIALIZED (
            SELECT number, CAST((CAST(:asked AS real[]))[{part}] AS vector) AS vector
            FROM generate_series(1, CAST(:count AS integer)) AS number
        )
    """  # noqa: S608  # a number of the program's own


class _InBinary(Dumper):
    format = Format.BINARY
    oid = _REALS

    def dump(self, obj: Reals) -> bytes:
        entries = np.empty(len(obj.numbers), _ENTRY)
        entries["bytes"], entries["number"] = 4, obj.numbers
        return np.array((1, 0, _REAL, len(entries), 1), _HEAD).tobytes() + entries.tobytes()


psycopg.adapters.register_dumper(Reals, _InBinary)


class BinaryVector(Vector):
    """A column of vectors, given and taken as sequences of numbers."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Reals | None]:
        """As ``real[]``."""
        return lambda value: None if value is None else Reals(value)

    def bind_expression(self, bindvalue: Any) -> ColumnElement[Any]:
        """Made a vector there; the inner cast tells the type of a null."""
        return func.array_to_vector(cast(bindvalue, ARRAY(REAL)), self.dim, False, type_=self)

    def column_expression(self, column: Any) -> ColumnElement[Any]:
        """As it is sent."""
        return func.vector_send(column, type_=self)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], list[float] | None]:
        """Two whole numbers of two bytes, then the numbers."""
        return lambda sent: None if sent is None else np.frombuffer(sent, ">f4", offset=4).tolist()
