"""Publish what decided the pools that are too large for a statement: every sale, cluster and
attribution, in files of bounded size, which statements name by their SHA-256.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from fairstock.kit.objects import ObjectStore
from fairstock.statement.facts import picture
from fairstock.statement.frame import EMBEDDED_CLUSTERS, EMBEDDED_SOURCES, Frame
from fairstock.statement.model import SourceLine, StatementPool
from fairstock.statement.store import editions, inputs
from fairstock.statement.write import canonical, plain

INPUTS_FORMAT = "fairstock.inputs/1"

SALES = 5_000
"""Sales in one file, with the attributions of their pictures: some tens of megabytes at most."""


def publish_inputs(
    conn: Connection, objects: ObjectStore, shared: Frame, *, sales: int = SALES
) -> dict[str, list[str]]:
    """Write the inputs of every large pool that has none yet; returns pool → SHA-256 of the new files."""
    written: dict[str, list[str]] = {}
    for pool in shared.pools:
        large = pool.sources > EMBEDDED_SOURCES or pool.clusters > EMBEDDED_CLUSTERS
        if not large or pool.inputs:
            continue
        written[pool.id] = [objects.put(canonical(each)) for each in _files(conn, shared, pool, sales)]
        editions.add_inputs(conn, pool.id, written[pool.id])
    return written


def _files(conn: Connection, shared: Frame, pool: StatementPool, sales: int) -> Iterator[dict[str, Any]]:
    """The inputs of one pool; the clusters are in the first file."""
    rows = inputs.sources(conn, [pool.id])
    clusters = list(inputs.clusters(conn, [pool.id]).get(pool.id, ()))
    members = [plain(each) for each in inputs.members(conn, [pool.id])]
    while lines := [shared.source_line(row) for row in islice(rows, sales)]:
        yield {
            "format": INPUTS_FORMAT,
            "period": shared.period,
            "pool_id": pool.id,
            "cluster_names": clusters,
            "members": members,
            "source_lines": [plain(line) for line in lines],
            "pictures": _pictures(conn, pool, lines),
        }
        clusters, members = [], []


def _pictures(conn: Connection, pool: StatementPool, lines: Sequence[SourceLine]) -> list[Any]:
    method = pool.method_id
    if method is None:
        return []
    wanted = sorted({(line.picture, method) for line in lines if line.picture})
    return [plain(picture(*key, works)) for key, works in inputs.shares(conn, wanted).items()]
