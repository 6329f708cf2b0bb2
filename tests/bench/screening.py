"""Screening files, against decoding and hashing the same files on one core, with a profile of the rest.

The demo library is small clip art, nine kilobytes each: the hardest case, since features cost the same for
every picture. ``FAIRSTOCK_BENCH_PICTURES`` names a folder of others, photographs for example.
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import imagehash
from PIL import Image

from fairstock.bootstrap import App
from fairstock.screening.screen import screen
from fairstock.settings import PACKAGE_DATA, Settings

FILES = 200
BATCH = 24
"""Files at a time, as the flow takes them."""
_PICTURES = {".png", ".jpg", ".jpeg", ".webp"}


@dataclass
class _Clock:
    """Time by step, on the wall and in this process; decoding processes are on the wall only."""

    steps: dict[str, list[float]] = field(default_factory=dict)
    last: tuple[float, float] = field(default_factory=lambda: (time.perf_counter(), time.process_time()))

    def lap(self, step: str) -> None:
        """What passed since the last lap belongs to ``step``."""
        now = (time.perf_counter(), time.process_time())
        wall, used = self.steps.setdefault(step, [0.0, 0.0])
        self.steps[step] = [wall + now[0] - self.last[0], used + now[1] - self.last[1]]
        self.last = now


def run(home: str) -> Iterator[str]:
    """Files a second of the gate, the marks, the features and the pixels, and the ratio to the plain loop."""
    app = App(Settings(home=Path(home)))
    demo = sorted((PACKAGE_DATA / "demo-library/pictures").iterdir())
    yield from _measured(app, "the demo library", demo[:FILES])
    if named := os.environ.get("FAIRSTOCK_BENCH_PICTURES"):
        found = sorted(path for path in Path(named).rglob("*") if path.suffix.lower() in _PICTURES)
        yield from _measured(app, Path(named).name, found[:: max(1, len(found) // FILES)][:FILES])


def _measured(app: App, name: str, paths: Sequence[Path]) -> Iterator[str]:
    contents = [path.read_bytes() for path in paths]
    app.pixels.look(app.decode_guard.inspect(contents[:4]))
    began, used = time.perf_counter(), time.process_time()
    for path in paths:
        with Image.open(path) as picture:
            imagehash.phash(picture.convert("RGB"))
    plain, plain_used = time.perf_counter() - began, time.process_time() - used
    clock = _Clock()
    for start in range(0, len(contents), BATCH):
        seen = app.decode_guard.inspect(contents[start : start + BATCH])
        clock.lap("gate")
        for inspection in seen:
            screen(inspection, refusal=inspection.refusal)
        clock.lap("marks and policy")
        app.features.embed([inspection.picture for inspection in seen if inspection.picture])
        clock.lap("features")
        app.pixels.look(seen)
        clock.lap(f"pixels ({app.pixels.version})")
    total = sum(wall for wall, _ in clock.steps.values())
    each = 1000 / len(paths)
    yield (
        f"{len(paths)} files of {name}: {len(paths) / total:.0f}/s; decode + pHash alone "
        f"{len(paths) / plain:.0f}/s ({plain_used * each:.1f} ms of processor time each); "
        f"ratio {plain / total:.2f} (goal 0.25, later 0.5)"
    )
    yield "; ".join(
        f"{step} {wall * each:.1f} ms a file on the wall, {used * each:.1f} of processor time here"
        for step, (wall, used) in clock.steps.items()
    )
