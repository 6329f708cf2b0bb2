"""Screening through the flow's own tasks, the search for copies among a catalogue in it, against decoding and
hashing the same files on one core.

    python -m tests.bench.flow FOLDER [--files 200] [--works FILE] [--large]

``--works``: what ``tests.bench.copies found --keep`` has kept of a catalogue; without it the catalogue is the
demo library. Works whose file is among those that are sent are left out, and so everything sent is new.
``--large``: every file at 8 megapixels, JPEG, the size that contributors of a marketplace send.

``make bench`` takes ``FAIRSTOCK_BENCH_PICTURES`` for the folder and ``FAIRSTOCK_BENCH_WORKS`` for the works,
once as the files are and once 96 of them large; without a folder, a few drawings of the demo library.

Every second file goes through the flow as it is, with a Prefect server of its own: bytes stored, gate, all
looks, the search for copies, verdict, publishing, report; wall, with all that is spent. The others go through
its tasks one after the other, without a server around them, for the profile: wall, and processor time of this
process, the confined ones and the database server.
"""

import argparse
import csv
import io
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import imagehash
from PIL import Image
from prefect.logging import disable_run_logger
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy import text

from fairstock.bootstrap import App, get_app
from fairstock.screening.examine import Words
from fairstock.settings import PACKAGE_DATA
from fairstock.upload import store as uploads
from fairstock.upload.manifest import read_manifest
from flows.ingest_uploads import BATCH, ingest_uploads, judge, look_at, take_in
from tests.bench.copies.works import Work, works
from tests.bench.homes import fresh_home
from tests.bench.screening import LARGE_PIXELS, enlarged
from tests.bench.stocked import fill, person, unsent
from tests.bench.watch import Watch

PICTURES = {".png", ".jpg", ".jpeg", ".webp"}
DEMO = PACKAGE_DATA / "demo-library/pictures"
FILES, LARGE_FILES, FEW = 200, 96, 48
PEOPLE = 8
"""Contributors who send in turn."""


def main() -> None:
    """Print each line as soon as it is known."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--files", type=int, default=200)
    options.add_argument("--works", type=Path)
    options.add_argument("--large", action="store_true")
    given = options.parse_args()
    chosen = _chosen(given.folder, given.files)
    known = unsent(works([DEMO], given.works), chosen)
    with fresh_home("fairstock-flow-") as home:
        for line in measured(home, _large(home, chosen) if given.large else chosen, known):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


def run(home: str) -> Iterator[str]:
    """As a part of ``make bench``: photographs as they are and large, or a few drawings."""
    folder, kept = (os.environ.get(f"FAIRSTOCK_BENCH_{name}") for name in ("PICTURES", "WORKS"))
    if folder is None:
        yield from _at_home(_chosen(DEMO, FEW), _some_works(Path(home)))
        return
    known = works([DEMO], Path(kept) if kept else None)
    chosen, some = (_chosen(Path(folder), count) for count in (FILES, LARGE_FILES))
    yield from _at_home(chosen, unsent(known, chosen))
    yield f"{len(some)} of them at {LARGE_PIXELS // 10**6} megapixels, JPEG:"
    yield from _at_home(_large(Path(home), some), unsent(known, some))


def _at_home(files: Sequence[Path], known: Sequence[Work]) -> Iterator[str]:
    """Measured in a home that is gone afterwards, whatever home the process had before."""
    get_app.cache_clear()
    with fresh_home("fairstock-flow-") as home:
        yield from measured(home, files, known)


def _chosen(folder: Path, count: int) -> list[Path]:
    """So many pictures, at even distances."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    return found[:: max(1, len(found) // count)][:count]


def _large(home: Path, files: Sequence[Path]) -> list[Path]:
    """Copies of the files at the size that contributors send, as JPEG."""
    folder = home / "large"
    folder.mkdir()
    made = [folder / f"{number}.jpg" for number in range(len(files))]
    for path, copy in zip(files, made, strict=True):
        copy.write_bytes(enlarged(path))
    return made


def _some_works(home: Path) -> list[Work]:
    """A small catalogue of other drawings than those that are sent."""
    sent, folder = set(_chosen(DEMO, FEW)), home / "works"
    folder.mkdir()
    for path in [path for path in _chosen(DEMO, 4 * FEW) if path not in sent][: 2 * FEW]:
        shutil.copy(path, folder)
    return works([folder], None)


def measured(home: Path, files: Sequence[Path], known: Sequence[Work]) -> Iterator[str]:
    """The plain loop, then the flow, each with its time; then where the flow's went."""
    app = get_app()
    plain = _plain(files)
    yield f"{len(files)} files: decode + pHash alone {1000 * plain / len(files):.1f} ms a file"
    with app.transaction(durable=False) as conn:
        stored = fill(conn, known)
        people = {f"p{number}": person(conn, f"p{number}") for number in range(PEOPLE)}
    _vacuum(app)
    alone, whole = files[::2], files[1::2]
    _written(home / "alone", alone)
    _written(home / "whole", whole)
    _warm(app, files[:4])
    yield f"{stored} works in the catalogue"
    watch, each = Watch(home / "postgres"), plain / len(files)
    ids = _screened(home / "alone", people, watch)
    yield from watch.told(len(alone), each)
    with app.transaction() as conn:
        states = Counter(each.state.value for each in uploads.many(conn, ids))
    yield "  verdicts: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    took = _flowed(home / "whole")
    yield (
        f"  the flow, {len(whole)} files: {len(whole) / took:.1f} files/s on the wall, "
        f"ratio {each * len(whole) / took:.2f}"
    )


def _plain(files: Sequence[Path]) -> float:
    """Seconds of processor time, which on one idle core is the wall's."""
    contents = [path.read_bytes() for path in files]
    began = time.process_time()
    for data in contents:
        with Image.open(io.BytesIO(data)) as picture:
            imagehash.phash(picture.convert("RGB"))
    return time.process_time() - began


def _vacuum(app: App) -> None:
    """As the server does by itself when it has time."""
    with app.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM (ANALYZE)"))


def _written(folder: Path, files: Sequence[Path]) -> None:
    """The files with an uploads.csv, by contributors in turn."""
    folder.mkdir()
    with (folder / "uploads.csv").open("w", newline="", encoding="utf-8") as sink:
        writer = csv.writer(sink)
        writer.writerow(["file", "contributor", "title", "keywords", "claim"])
        for number, path in enumerate(files):
            name = f"{number}{path.suffix.lower()}"
            shutil.copy(path, folder / name)
            writer.writerow([name, f"p{number % PEOPLE}", f"Picture {number}", "bench", "Mine."])


def _warm(app: App, files: Sequence[Path]) -> None:
    """Start the confined processes and load the models."""
    seen = app.examiner.examine([path.read_bytes() for path in files], [Words()] * len(files))
    app.picture_screen.look([each.file.picture for each in seen if each.file.picture])
    if app.pixels.tower is not None:
        app.pixels.tower.prepare()


def _screened(folder: Path, people: dict[str, str], watch: Watch) -> list[str]:
    """Take the files through the flow's tasks; ids of the uploads."""
    lines, ids = read_manifest(folder), []
    with disable_run_logger():
        for start in range(0, len(lines), BATCH):
            received = take_in.fn(lines[start : start + BATCH], people, "bench")
            watch.lap("taking in")
            look_at.fn(received)
            watch.lap("looking")
            judge.fn(received)
            watch.lap("judging")
            ids += received
    return ids


def _flowed(folder: Path) -> float:
    """Seconds on the wall that the flow takes, once Prefect's server runs."""
    with prefect_test_harness(server_startup_timeout=180):
        began = time.perf_counter()
        ingest_uploads(str(folder))
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
