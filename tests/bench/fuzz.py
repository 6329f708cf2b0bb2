"""Hostile files through the real gate and the marks: ``python -m tests.bench.fuzz 100000 [SEED]``.

Ends with an error where the flow's process would have: an exception, a file over ten processor seconds, or
a process over its memory.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from fairstock.adapters.confined import ConfinedC2paReader, open_guard
from fairstock.screening.screen import screen
from fairstock.upload.guard import DecodeGuard

sys.path.append(str(Path(__file__).parents[1]))  # the factories, as pytest finds them

MOST_SECONDS = 10.0
_BATCH = 250


@dataclass(slots=True)
class Outcome:
    """What became of the files."""

    files: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    ended: int = 0
    """Processes that a file brought to their end and that were replaced."""
    slowest: float = 0.0
    """Processor seconds of the costliest file."""


def through_the_gate(guard: DecodeGuard, files: Iterable[bytes]) -> Outcome:
    """Screen every file; raises whatever the flow's process would have died of, and AssertionError for a
    file over ``MOST_SECONDS``.
    """
    outcome = Outcome()
    reader = ConfinedC2paReader(guard, lambda: b"")
    waiting = iter(files)
    while batch := list(islice(waiting, _BATCH)):
        before = guard.respawned
        for data, seen in zip(batch, guard.inspect(batch), strict=True):
            credentials = reader.read(data, seen.mime) if seen.carries_c2pa and seen.format else None
            report = screen(seen, refusal=seen.refusal, credentials=credentials)
            outcome.verdicts[report.reasons[0] if report.outcome == "refused" else report.outcome] += 1
        outcome.files += len(batch)
        outcome.ended += guard.respawned - before
        outcome.slowest = max(outcome.slowest, guard.slowest)
        assert guard.slowest < MOST_SECONDS, f"a file cost {guard.slowest:.1f} s"
    return outcome


def run(count: int, seed: int) -> Iterator[str]:
    """What to print."""
    from factories.mutations import bombs, mutated

    began = time.perf_counter()
    with open_guard() as guard:
        hostile = through_the_gate(guard, bombs())
        yield f"{hostile.files} bombs: {dict(hostile.verdicts)}; processes ended {hostile.ended}"
        outcome = through_the_gate(guard, islice(mutated(seed), count))
        limit = guard.limits.memory_bytes
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    yield f"{outcome.files} mutations: {dict(outcome.verdicts.most_common())}"
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cost = f"costliest {outcome.slowest:.2f} s"
    yield f"{outcome.files / took:.0f}/s, {cost}, ended {outcome.ended} processes"
    yield f"largest process {peak / 2**20:.0f} MiB of {limit / 2**20:.0f}, this process {own:.0f} MiB"
    assert peak < limit


if __name__ == "__main__":
    for line in run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
