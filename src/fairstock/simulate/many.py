"""Plays many seeds, each once in peace and once with kills, and compares the books."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from fairstock.kit.errors import BadInput
from fairstock.simulate.model import Outcome, Size
from fairstock.simulate.run import SimulationBroke, Stage, simulate

Row = dict[str, Any]
"""What is written of one seed: its task, the outcome with kills, what is wrong, the seconds that it took."""


class BadSeeds(BadInput):
    """A range of seeds cannot be read."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} names no seeds.", remedy="write a number of seeds, or FROM:TO, both included"
        )


class BadProgress(BadInput):
    """The file of progress holds something else."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(f"Line {line} of {path} is not of a simulated seed.", remedy="choose another file")


@dataclass(frozen=True, slots=True)
class Task:
    """How every seed is played."""

    size: Size
    crashes: int

    def named(self, seed: int) -> Row:
        """What a row says about how it came to be."""
        return {"seed": seed, **asdict(self.size), "kills_wanted": self.crashes}

    def command(self, seed: int) -> str:
        """The command that plays one seed again."""
        size = self.size
        return (
            f"fairstock simulate --seed {seed} --days {size.days} --contributors {size.contributors}"
            f" --sales {size.sales} --crashes {self.crashes}"
        )


def seeds_of(text: str, first: int) -> range:
    """``"100"``: so many from ``first`` on; ``"3:7"``: those five. Raises ``BadSeeds``."""
    begin, colon, end = text.partition(":")
    if not begin.isdecimal() or (colon and not end.isdecimal()):
        raise BadSeeds(text)
    found = range(int(begin), int(end) + 1) if colon else range(first, first + int(begin))
    if not found:
        raise BadSeeds(text)
    return found


def done_before(path: Path, task: Task) -> set[int]:
    """Seeds that a file of progress knows to be in order, played in the same way; raises ``BadProgress``."""
    done = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else (), 1):
        try:
            row = json.loads(line)
            if not row["troubles"] and task.named(row["seed"]).items() <= row.items():
                done.add(int(row["seed"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadProgress(path, number) from error
    return done


def play_all(server_url: str, seeds: Iterable[int], task: Task, *, jobs: int) -> Iterator[Row]:
    """One row a seed, in their order; several at a time where ``jobs`` says so, each job a process."""
    if jobs == 1:
        stage = Stage(server_url)
        for seed in seeds:
            yield play(stage, seed, task)
        return
    Stage(server_url)  # the template is made once, before the others begin
    with get_context("fork").Pool(jobs, _begin, (server_url, task)) as pool:
        yield from pool.imap(_play, seeds)


def play(stage: Stage, seed: int, task: Task) -> Row:
    """Both playings of a seed."""
    begun = time.monotonic()
    try:
        calm = simulate(stage, seed, task.size, crashes=0, papers=False)
        rough = simulate(stage, seed, task.size, crashes=task.crashes)
        facts, troubles = asdict(rough), _troubles(calm, rough)
    except SimulationBroke as error:
        facts, troubles = {}, [str(error)]
    seconds = round(time.monotonic() - begun, 2)
    return {**task.named(seed), **facts, "troubles": troubles, "seconds": seconds}


def _troubles(calm: Outcome, rough: Outcome) -> list[str]:
    """Everything that is wrong with either playing, or differs between them."""
    differ = ["the kills have changed the books"] if calm.books != rough.books else []
    return [*calm.troubles, *rough.troubles, *differ]


_OF_THIS_PROCESS: dict[str, Any] = {}
"""Stage and task of a job."""


def _begin(server_url: str, task: Task) -> None:
    _OF_THIS_PROCESS.update(stage=Stage(server_url), task=task)


def _play(seed: int) -> Row:
    return play(_OF_THIS_PROCESS["stage"], seed, _OF_THIS_PROCESS["task"])
