"""Does memory stay flat over many files? Screens N new pictures through the flow's own batches.

    python -m tests.bench.memory 20000 [--every 1000]

Every picture is new: a part of a drawing of the demo library, mirrored or not, with other colours, laid over
a part of another one, saved as PNG, JPEG or WebP. The tasks run without a Prefect server around them, which
has its own memory; everything else is as in the flow: bytes stored, gate, all looks, catalogue, verdict,
publishing. Printed are the resident memory of this process and of the confined ones, now and at their peak.
"""

import argparse
import csv
import io
import os
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageOps
from prefect.logging import disable_run_logger

from fairstock.asset.rules import flattened
from fairstock.bootstrap import get_app
from fairstock.db import embedded
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.settings import PACKAGE_DATA
from fairstock.upload import store as uploads
from fairstock.upload.manifest import read_manifest
from flows.ingest_uploads import BATCH, judge, look_at, take_in

PART = 240
"""Files that lie in the folder at once."""
PEOPLE = 40
MEGA = 1024


def main() -> None:
    """Screen, and print a line at every so many files."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", type=int)
    options.add_argument("--every", type=int, default=1000)
    given = options.parse_args()
    with TemporaryDirectory(prefix="fairstock-memory-") as home:
        os.environ["FAIRSTOCK_HOME"] = home
        try:
            for line in run(Path(home), given.files, given.every):
                sys.stdout.write(line + "\n")
                sys.stdout.flush()
        finally:
            get_app().decode_guard.close()
            get_app().engine.dispose()
            embedded.stop(Path(home) / "postgres")


def run(home: Path, files: int, every: int) -> Iterator[str]:
    """One line at every ``every`` files, and one at the end with the growth over the second half."""
    app, people = get_app(), _people()
    done, measured, began = 0, [], time.perf_counter()
    for start in range(0, files, PART):
        folder = _written(home / "part", start, min(PART, files - start), list(people))
        lines = read_manifest(folder)
        with disable_run_logger():
            for place in range(0, len(lines), BATCH):
                ids = take_in.fn(lines[place : place + BATCH], people, str(start))
                look_at.fn(ids)
                judge.fn(ids)
        shutil.rmtree(folder)
        before, done = done, done + len(lines)
        if done // every > before // every or done == files:
            here, workers = _memory(os.getpid()), [_memory(each) for each in _children()]
            measured.append((done, here["VmRSS"] + sum(each["VmRSS"] for each in workers)))
            yield (
                f"{done:6d} files  parent {here['VmRSS']:5d} MB (peak {here['VmHWM']:5d})  "
                f"workers {' + '.join(str(each['VmRSS']) for each in workers)} MB "
                f"(peak {max((each['VmHWM'] for each in workers), default=0)})  "
                f"{done / (time.perf_counter() - began):.1f} files/s"
            )
    half = [each for each in measured if each[0] * 2 >= files]
    if len(half) > 1:
        grown = 1000 * (half[-1][1] - half[0][1]) / (half[-1][0] - half[0][0])
        yield f"growth over the second half: {grown:+.1f} MB for each 1,000 files"
    with app.transaction() as conn:
        owners = [uploads.of_contributor(conn, owner) for owner in people.values()]
    states = Counter(each.state.value for sent in owners for each in sent)
    yield "verdicts: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


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


def _written(folder: Path, start: int, count: int, handles: list[str]) -> Path:
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
    return folder


def _picture(drawings: list[Path], number: int, kind: str) -> bytes:
    """A picture that nobody has sent before."""
    dice = random.Random(number)
    size = (dice.randint(300, 700), dice.randint(300, 700))
    one, other = (_part(each, size, dice) for each in dice.sample(drawings, 2))
    sink = io.BytesIO()
    Image.blend(one, other, dice.uniform(0.2, 0.5)).save(sink, kind.upper(), quality=dice.randint(60, 95))
    return sink.getvalue()


def _part(path: Path, size: tuple[int, int], dice: random.Random) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        whole = flattened(image)
    wide, high = (round(side * dice.uniform(0.5, 1.0)) for side in whole.size)
    left, top = dice.randint(0, whole.width - wide), dice.randint(0, whole.height - high)
    part = whole.crop((left, top, left + wide, top + high)).resize(size, Image.Resampling.BICUBIC)
    bands = list(part.split())
    dice.shuffle(bands)
    part = Image.merge("RGB", bands)
    return ImageOps.mirror(part) if dice.random() < 0.5 else part


def _memory(process: int) -> dict[str, int]:
    """Resident memory in MB: now (VmRSS) and at its peak (VmHWM)."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    rows = (line.split() for line in lines if line.startswith(("VmRSS", "VmHWM")))
    return {name.rstrip(":"): int(size) // MEGA for name, size, _ in rows}


def _children() -> list[int]:
    """The confined processes; the database server has left this process's family."""
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return sorted({int(each) for path in found for each in path.read_text(encoding="ascii").split()})


if __name__ == "__main__":
    main()
