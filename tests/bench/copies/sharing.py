"""Works found by shared words at growing sizes of the catalogue: what a batch of uploads costs.

Words are drawn two thirds at random from all that could be (rare ones), one third from those of the demo
library's pictures as often as they occur there, so that some lie in very many works. Each upload shows half
of the words of a stored work, and asks for as many others as a real picture does. The rows lie in the real
tables of a database of the bench's own, filled in bulk; foreign keys are not enforced meanwhile.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import Connection, Engine, text

from fairstock.asset.store import sharing_many
from fairstock.screening import local
from fairstock.screening.policy import shipped
from fairstock.settings import PACKAGE_DATA
from fairstock.upload.picture import working_picture
from tests.bench.copies.database import fresh

BATCH, ROUNDS = 24, 4
SMALLEST = 10_000
_PICTURES = 200
_WORDS = 1 << 20
_COMMON = 1 / 3
_PART = 10_000

Words = NDArray[np.int64]


def run(largest: int) -> Iterator[str]:
    """A line for each size."""
    real, asked = _real()
    yield f"pictures of the demo library: {len(real) // _PICTURES} words each, {asked} asked"
    with fresh() as engine:
        yield from _sizes(engine, largest, real, asked)


def _real() -> tuple[Words, int]:
    """Every word of every picture, as often as it occurs, and how many are asked for a picture."""
    found: list[int] = []
    asked = 0
    for path in sorted((PACKAGE_DATA / "demo-library/pictures").iterdir())[:_PICTURES]:
        with Image.open(path) as image:
            kept = local.look_at_one(working_picture(image))
        found += kept.words
        asked += len(local.asked(kept))
    return np.array(found), asked // _PICTURES


def _sizes(engine: Engine, largest: int, real: Words, asked: int) -> Iterator[str]:
    dice = np.random.default_rng(24)
    filled, took = 0, []
    sizes = [10**power for power in range(4, 8) if SMALLEST <= 10**power < largest] + [largest]
    for size in sizes:
        began = time.perf_counter()
        stored = _fill(engine, dice, real, filled, size)
        filled = size
        with engine.begin() as conn:
            room = conn.scalar(text("SELECT pg_total_relation_size('asset_local_word')")) or 0
            known = conn.scalar(_COMMON_WORDS, {"most": size // 100}) or 0
        yield (
            f"{size:,} works: written in {time.perf_counter() - began:.0f} s, index of words "
            f"{room / 1e6:,.0f} MB; {known} words lie in more than 1 % of the works"
        )
        line, milliseconds = _searched(engine, dice, real, stored, asked)
        took.append(milliseconds)
        yield line
    grown = [f"{many / few:.1f}" for few, many in pairwise(took)]
    yield f"time grows by {', '.join(grown) or 'nothing'}, works by {sizes[-1] // sizes[0]} in all"


def _drawn(dice: np.random.Generator, real: Words, shape: tuple[int, int]) -> Words:
    common = dice.random(shape) < _COMMON
    return np.where(common, dice.choice(real, shape), dice.integers(0, _WORDS, shape))


def _fill(engine: Engine, dice: np.random.Generator, real: Words, first: int, size: int) -> Words:
    """Add works up to so many, the triggers off and the index made at the end; the words of the last ones."""
    each = len(real) // _PICTURES
    part = np.zeros((0, each), np.int64)
    with engine.begin() as conn:
        conn.execute(text("SET LOCAL session_replication_role = replica"))
        conn.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
        conn.execute(text("ALTER TABLE asset_local_word DROP CONSTRAINT pk_asset_local_word"))
        for start in range(first, size, _PART):
            part = _drawn(dice, real, (min(_PART, size - start), each))
            _copy(conn, part, start)
        conn.execute(
            text("ALTER TABLE asset_local_word ADD CONSTRAINT pk_asset_local_word PRIMARY KEY (word, work)")
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM (ANALYZE) asset_local, asset_local_word"))
    return part


def _copy(conn: Connection, part: Words, start: int) -> None:
    driver = conn.connection.driver_connection
    assert driver is not None
    rows = [sorted(set(words)) for words in part.tolist()]
    columns = "asset_id, number, version, features, words"
    with driver.cursor().copy(f"COPY asset_local ({columns}) FROM STDIN") as copy:
        for place, words in enumerate(rows, start):
            copy.write(f"ast_{place}\t{place}\t{local.VERSION}\t\\\\x\t{{{','.join(map(str, words))}}}\n")
    with driver.cursor().copy("COPY asset_local_word (word, work) FROM STDIN") as copy:
        for place, words in enumerate(rows, start):
            copy.write("".join(f"{word}\t{place}\n" for word in words))


def _searched(
    engine: Engine, dice: np.random.Generator, real: Words, stored: Words, asked: int
) -> tuple[str, float]:
    """Some batches: processor time of the server's process for an upload, how often the work came first."""
    rules = shipped()
    with engine.begin() as conn:
        last = int(conn.scalar(text("SELECT max(number) FROM asset_local")) or 0)
        process = int(conn.scalar(text("SELECT pg_backend_pid()")) or 0)
        right, seconds, walls = 0, [], []
        for _ in range(ROUNDS):
            places = dice.choice(len(stored), BATCH, replace=False)
            batch = [_asked(dice, real, stored[place], asked) for place in places]
            before, began = _processor(process), time.perf_counter()
            found = sharing_many(conn, batch, local.VERSION, limit=rules.sharing, least=rules.shared_words)
            walls.append(time.perf_counter() - began)
            seconds.append(_processor(process) - before)
            names = [f"ast_{last - len(stored) + 1 + place}" for place in places]
            right += sum(bool(row) and row[0].name == name for row, name in zip(found, names, strict=True))
    took = 1000 * min(seconds) / BATCH
    return (
        f"  {asked} words asked: {took:.1f} ms of the server's processor time for an upload, "
        f"{1000 * min(walls) / BATCH:.1f} ms on the clock; the work first for {right} of {ROUNDS * BATCH}"
    ), took


def _asked(dice: np.random.Generator, real: Words, words: Words, asked: int) -> Sequence[int]:
    shown = dice.choice(words, len(words) // 2, replace=False)
    others = _drawn(dice, real, (1, asked - len(shown)))[0]
    return sorted({*shown.tolist(), *others.tolist()})


def _processor(process: int) -> float:
    """Seconds that a process of this machine has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


_COMMON_WORDS = text(
    "SELECT count(*) FROM (SELECT word FROM asset_local_word GROUP BY word HAVING count(*) > :most) common"
)
