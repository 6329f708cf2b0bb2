"""Does memory stay flat over many files? Screens N new pictures through the flow's own batches.

    python -m tests.bench.memory 20000 [--every 1000]

Every picture is new: a part of a drawing of the demo library, mirrored or not, with other colours, laid over
a part of another one, saved as PNG, JPEG or WebP. The tasks run without a Prefect server around them, which
has its own memory; everything else is as in the flow: bytes stored, gate, all looks, catalogue, verdict,
publishing. Printed are the resident memory of this process (now, peak), what of it no file backs, and what
malloc has given out (what Python and the models hold, without what is kept free); the resident memory of the
confined processes; and where the time went, step by step. At the end growth over the second half, by least
squares.
"""

import argparse
import csv
import io
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, ImageOps
from prefect.logging import disable_run_logger

from fairstock.asset.rules import flattened
from fairstock.bootstrap import get_app
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.settings import PACKAGE_DATA
from fairstock.upload import store as uploads
from fairstock.upload.manifest import read_manifest
from flows.ingest_uploads import BATCH, judge, look_at, take_in
from tests.bench.homes import fresh_home
from tests.bench.sizes import Sizes

PART = 240
"""Files that lie in the folder at once."""
PEOPLE = 40
GROWING = ("resident", "anonymous", "malloc", "workers")


def main() -> None:
    """Screen, and print a line at every so many files."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", type=int)
    options.add_argument("--every", type=int, default=1000)
    given = options.parse_args()
    with fresh_home("fairstock-memory-") as home:
        for line in run(home, given.files, given.every):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


T = TypeVar("T")


@dataclass
class _Watch:
    """Time by step, on the wall and of this process's processor time (what it asks of others not counted)."""

    spent: dict[str, list[float]] = field(default_factory=dict)

    def timed(self, step: str, work: Callable[[], T]) -> T:
        """The result of ``work``, its time noted under ``step``."""
        wall, used = time.perf_counter(), time.process_time()
        try:
            return work()
        finally:
            row = self.spent.setdefault(step, [0.0, 0.0])
            row[0] += time.perf_counter() - wall
            row[1] += time.process_time() - used

    def told(self, files: int) -> str:
        """Milliseconds a file."""
        each = 1000 / files
        parts = (f"{step} {wall * each:.0f} ({used * each:.0f})" for step, (wall, used) in self.spent.items())
        return "ms a file on the wall (of this process's processor time): " + ", ".join(parts)


def run(home: Path, files: int, every: int) -> Iterator[str]:
    """One line at every ``every`` files, then the growth over the second half, time by step and verdicts."""
    app, people, watch = get_app(), _people(), _Watch()
    done, measured, began = 0, [], time.perf_counter()
    for start in range(0, files, PART):
        done += _screened(home / "part", start, min(PART, files - start), people, watch)
        if done // every > (done - PART) // every or done == files:
            now = Sizes.now()
            measured.append((done, now))
            yield f"{done:6d} files  {now.told()}  {done / (time.perf_counter() - began):.1f} files/s"
    half = [each for each in measured if each[0] * 2 >= files]
    if len(half) > 1:
        grown = ", ".join(f"{name} {_slope(half, name):+.2f}" for name in GROWING)
        yield f"growth over the second half, MB for each 1,000 files: {grown}"
    yield watch.told(files)
    with app.transaction() as conn:
        owners = [uploads.of_contributor(conn, owner) for owner in people.values()]
    states = Counter(each.state.value for sent in owners for each in sent)
    yield "verdicts: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


def _slope(measured: list[tuple[int, Sizes]], name: str) -> float:
    """MB for each 1,000 files, by least squares."""
    sizes = [getattr(size, name) for _, size in measured]
    return float(1000 * np.polyfit([done for done, _ in measured], sizes, 1)[0])


def _screened(folder: Path, start: int, count: int, people: dict[str, str], watch: _Watch) -> int:
    """Make so many new pictures, and take them through the flow's tasks; how many there were."""
    watch.timed("making the pictures", partial(_written, folder, start, count, list(people)))
    lines = read_manifest(folder)
    with disable_run_logger():
        for place in range(0, len(lines), BATCH):
            ids = watch.timed(
                "taking in", partial(take_in.fn, lines[place : place + BATCH], people, str(start))
            )
            watch.timed("looking", partial(look_at.fn, ids))
            watch.timed("judging", partial(judge.fn, ids))
    shutil.rmtree(folder)
    return len(lines)


def _people() -> dict[str, str]:
    """Handle → id of the contributors who send in turn."""
    with get_app().transaction() as conn:
        return {
            f"p{number}": parties.add_party(
                conn,
                handle=f"p{number}",
                name=f"Person {number}",
                kind=PartyKind.contributor,
                roles=[Role.contributor],
            )
            for number in range(PEOPLE)
        }


def _written(folder: Path, start: int, count: int, handles: list[str]) -> None:
    """A folder with uploads.csv and new pictures number ``start`` and on."""
    folder.mkdir()
    drawings = sorted((PACKAGE_DATA / "demo-library/pictures").iterdir())
    with (folder / "uploads.csv").open("w", newline="", encoding="utf-8") as sink:
        writer = csv.writer(sink)
        writer.writerow(["file", "contributor", "title", "keywords", "claim"])
        for number in range(start, start + count):
            kind = ("png", "jpeg", "webp")[number % 3]
            name = f"{number}.{kind}"
            (folder / name).write_bytes(_picture(drawings, number, kind))
            handle = handles[number % len(handles)]
            writer.writerow([name, handle, f"Picture {number}", "bench", "Mine."])


def _picture(drawings: list[Path], number: int, kind: str) -> bytes:
    """A picture that nobody has sent before."""
    dice = random.Random(number)
    size = (dice.randint(256, 512), dice.randint(256, 512))
    one, other = (_part(each, size, dice) for each in dice.sample(drawings, 2))
    sink = io.BytesIO()
    quick = {"png": {"compress_level": 1}, "webp": {"method": 0}}.get(kind, {})
    made = Image.blend(one, other, dice.uniform(0.2, 0.5))
    made.save(sink, kind.upper(), quality=dice.randint(60, 95), **quick)
    return sink.getvalue()


def _part(path: Path, size: tuple[int, int], dice: random.Random) -> Image.Image:
    """Made cheaply, since it is no part of what is measured: cut and scaled at once, then put on white."""
    with Image.open(path) as image:
        whole = image if image.mode in ("RGB", "RGBA") else image.convert("RGBA")
        wide, high = (side * dice.uniform(0.5, 1.0) for side in whole.size)
        left, top = dice.uniform(0, whole.width - wide), dice.uniform(0, whole.height - high)
        box = (left, top, left + wide, top + high)
        part = flattened(whole.resize(size, Image.Resampling.BILINEAR, box=box, reducing_gap=1.0))
    bands = list(part.split())
    dice.shuffle(bands)
    part = Image.merge("RGB", bands)
    return ImageOps.mirror(part) if dice.random() < 0.5 else part


if __name__ == "__main__":
    main()
