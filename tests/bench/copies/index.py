"""The index on perceptual hashes against looking at every one, at growing sizes; results must be equal.

Random hashes, and a thousand queries of which half lie 0 to 11 bits from a stored hash. The rows lie in the
real table of a database of the bench's own, which is removed afterwards; a work behind each would only take
room, so their foreign key is not enforced while they are written.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, text

from fairstock.asset.store import alike
from tests.bench.copies.database import fresh

QUERIES = 1000
RADII = (6, 8)
SMALLEST = 100_000
_PART = 200_000

Hashes = NDArray[np.uint64]


def run(largest: int) -> Iterator[str]:
    """One line for each size and radius, then the growth from size to size."""
    with fresh() as engine:
        yield from _sizes(engine, largest)


def _sizes(engine: Engine, largest: int) -> Iterator[str]:
    dice = np.random.default_rng(20261122)
    stored = dice.integers(0, 2**64, largest, dtype=np.uint64)
    filled = 0
    seconds: dict[int, list[float]] = {radius: [] for radius in RADII}
    sizes = [10**power for power in range(5, 9) if SMALLEST <= 10**power < largest] + [largest]
    for size in sizes:
        began = time.perf_counter()
        _fill(engine, stored[filled:size], filled)
        filled = size
        with engine.begin() as conn:
            room = conn.scalar(text("SELECT pg_total_relation_size('asset_fingerprint')"))
        yield f"{size:,} hashes: written in {time.perf_counter() - began:.0f} s, {room / 1e6:,.0f} MB"
        asked = _asked(dice, stored[:size])
        for radius in RADII:
            line, took = _compared(engine, stored[:size], asked, radius)
            seconds[radius].append(took)
            yield line
    if len(sizes) == 1:
        return  # nothing to see a growth by
    for radius, took in seconds.items():
        steps = [
            f"{many / few:.2f} (size × {sizes[place + 1] / sizes[place]:.0f})"
            for place, (few, many) in enumerate(pairwise(took))
        ]
        power = math.log(took[-1] / took[0]) / math.log(sizes[-1] / sizes[0])
        yield f"radius {radius}: time grows by {', '.join(steps)}; as size to the power of {power:.2f}"


def _fill(engine: Engine, hashes: Hashes, first: int) -> None:
    """Load in bulk: the indexes are made anew when all rows are there."""
    with engine.begin() as conn:
        conn.execute(text("SET LOCAL session_replication_role = replica"))
        conn.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
        made = list(conn.execute(_INDEXES).tuples())
        for name, _ in made:
            conn.execute(text(f"DROP INDEX {name}"))
        _copy(conn, hashes, first)
        for _, definition in made:
            conn.execute(text(definition))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM (ANALYZE) asset_fingerprint"))


def _copy(conn: Connection, hashes: Hashes, first: int) -> None:
    driver = conn.connection.driver_connection
    assert driver is not None
    with driver.cursor().copy("COPY asset_fingerprint (asset_id, phash, phash_mirror) FROM STDIN") as copy:
        for start in range(0, len(hashes), _PART):
            part = hashes[start : start + _PART].view(np.int64).tolist()
            rows = (f"ast_{first + start + place:024d}\t{value}\t0\n" for place, value in enumerate(part))
            copy.write("".join(rows))


def _asked(dice: np.random.Generator, stored: Hashes) -> Hashes:
    """Half of them strangers, half some bits away from a stored hash."""
    asked = dice.integers(0, 2**64, QUERIES, dtype=np.uint64)
    for place in range(0, QUERIES, 2):
        flips = dice.choice(64, dice.integers(0, 12), replace=False)
        asked[place] = stored[dice.integers(len(stored))] ^ np.uint64(sum(1 << int(bit) for bit in flips))
    return asked


def _compared(engine: Engine, stored: Hashes, asked: Hashes, radius: int) -> tuple[str, float]:
    """Both ways, and whether they agree; seconds of the index: the better of three."""
    times = []
    with engine.begin() as conn:
        for _ in range(3):
            began = time.perf_counter()
            found = alike(conn, asked.view(np.int64).tolist(), radius)
            times.append(time.perf_counter() - began)
    began = time.perf_counter()
    expected = _scanned(stored, asked, radius)
    scan = time.perf_counter() - began
    equal = sorted((number, int(name[4:]), apart) for number, name, apart in found) == expected
    line = (
        f"{len(stored):,} hashes, {len(asked):,} queries within {radius} bits: index {min(times):.2f} s "
        f"(first time {times[0]:.2f}), scan {scan:.2f} s, {scan / min(times):.1f} times as quick; "
        f"{len(found)} found, {'equal' if equal else 'NOT EQUAL'}"
    )
    return line, min(times)


def _scanned(stored: Hashes, asked: Hashes, radius: int) -> list[tuple[int, int, int]]:
    """XOR, count and compare with numpy, in parts that stay in the processor's cache."""
    found = []
    for start in range(0, len(stored), _PART):
        part = stored[start : start + _PART]
        for number, query in enumerate(asked):
            apart = np.bitwise_count(part ^ query)
            near = np.flatnonzero(apart <= radius).tolist()
            found += [(number, start + place, int(apart[place])) for place in near]
    return sorted(found)


_INDEXES = text(
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'asset_fingerprint' "
    "AND indexname LIKE 'ix\\_asset\\_fingerprint\\_band\\_%' ORDER BY indexname"
)
