"""Settings under which PostgreSQL plans a search that it would plan badly by its own estimates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Connection, TextClause, text

INDEXES_ONLY: dict[str, str] = {
    "work_mem": "64MB",  # what is sorted or counted stays in memory
    "jit": "off",  # nothing is compiled for a quick search
    **dict.fromkeys((f"enable_{way}" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin")), "off"),
    **dict.fromkeys(("enable_material", "enable_memoize"), "off"),
}
"""Look everything up in indexes, whatever is expected to come of it."""
ALONE: dict[str, str] = {"max_parallel_workers_per_gather": "0"}
"""In one process of the server."""
TOGETHER: dict[str, str] = {"parallel_setup_cost": "0", "parallel_tuple_cost": "0"}
"""In several: a search of indexes finds few rows, far fewer than the planner expects to be handed over."""


@contextmanager
def planned(conn: Connection, wanted: Mapping[str, str]) -> Iterator[None]:
    """Have statements planned under these settings, and afterwards as before.

    An error ends the transaction, and the settings with it.
    """
    before = conn.execute(_settings(tuple(wanted)), dict(wanted)).one()
    yield
    conn.execute(_settings(tuple(wanted)), dict(zip(wanted, before[::2], strict=True)))


@cache
def _settings(names: tuple[str, ...]) -> TextClause:
    """Each setting as it is, then set until the transaction ends."""
    each = (f"current_setting('{name}'), set_config('{name}', :{name}, true)" for name in names)
    return text(f"SELECT {', '.join(each)}")  # names of this program's own
