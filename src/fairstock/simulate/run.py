"""Plays a plan against a database, in processes that are killed between two statements; then the audit.

Each process is a fork of this one. It counts the statements that it sends and, at the number drawn for it,
kills itself with SIGKILL: no exception is raised, nothing is cleaned up. The next one goes on with the
message that was in work, which is thereby delivered again.
"""

from __future__ import annotations

import json
import os
import random
import signal
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, event

from fairstock.db.copies import copy_of, make_template
from fairstock.db.engine import connect
from fairstock.db.transaction import transaction
from fairstock.kit.errors import BadInput, NotFound
from fairstock.simulate.act import World, act
from fairstock.simulate.audit import audit
from fairstock.simulate.bank import SimulatedBank
from fairstock.simulate.model import Message, Outcome, Plan, Size
from fairstock.simulate.plan import plan
from fairstock.simulate.setting import furnish

DONE, FAILED = 0, 70
"""Exit codes of a process that played to the end, and of one that met an error nobody expected."""


def simulate(seed: int, size: Size, server_url: str, *, crashes: int) -> Outcome:
    """Play the seed's year on a fresh database of the server, with up to ``crashes`` kills, and audit it.

    The year must be played in a process without threads of its own, since it forks.
    """
    script = plan(seed, size)
    template = make_template(server_url)
    with copy_of(server_url, template, "sim") as url, TemporaryDirectory(prefix="fairstock-sim-") as folder:
        home = Path(folder)
        killed = _play(script, url, home, crashes)
        engine = connect(url)
        try:
            return audit(engine, script, SimulatedBank(home / "bank", seed), _refused(home), killed)
        finally:
            engine.dispose()


def _play(script: Plan, url: str, home: Path, crashes: int) -> int:
    """Fork until one process gets to the end; returns how many were killed on the way."""
    dice = random.Random(f"crashes/{script.seed}")  # noqa: S311  # a simulation, not a secret
    span = 40 * len(script.deliveries) // max(1, crashes)
    killed = 0
    while True:
        limit = dice.randint(1, max(2, span)) if killed < crashes else None
        child = os.fork()
        if child == 0:
            _in_child(lambda: _work(script, url, home, limit), home)  # noqa: B023  # used at once
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed += 1
        elif os.WEXITSTATUS(status) == DONE:
            return killed
        else:
            raise SimulationBroke(script.seed, (home / "error").read_text(encoding="utf-8"))


class SimulationBroke(BadInput):
    """A message raised an error that no rule of the marketplace explains."""

    def __init__(self, seed: int, trace: str) -> None:
        self.seed = seed
        super().__init__(
            f"The simulation of seed {seed} broke:\n{trace}", remedy="mend it: it repeats exactly"
        )


def _in_child(work: Callable[[], None], home: Path) -> None:
    """Run and leave without any of the parent's own cleaning up."""
    try:
        work()
    except BaseException:  # the parent reads it
        (home / "error").write_text(traceback.format_exc(), encoding="utf-8")
        os._exit(FAILED)
    os._exit(DONE)


def _work(script: Plan, url: str, home: Path, limit: int | None) -> None:
    """One process's share: from where the last one was, to the end or to its own."""
    engine = connect(url)
    if limit is not None:
        _die_after(engine, limit)
    world = World(engine, script, SimulatedBank(home / "bank", script.seed))
    place = home / "place.json"
    if not place.exists():
        with transaction(engine) as conn:
            furnish(conn, script)
        _write(place, {"next": 0, "waiting": [], "refused": 0})
    state = json.loads(place.read_text(encoding="utf-8"))
    known = {message.key: message for message in script.deliveries}
    for message in script.deliveries[state["next"] :]:
        _deliver(world, known, message, state)
        state["next"] += 1
        _write(place, state)


def _deliver(world: World, known: Mapping[str, Message], message: Message, place: dict[str, Any]) -> None:
    """One message, and then those that had come before what they refer to."""
    left: list[str] = []
    for key in (message.key, *place["waiting"]):
        try:
            act(world, known[key])
        except NotFound:
            left.append(key)
        except BadInput:
            place["refused"] += 1
    place["waiting"] = list(dict.fromkeys(left))


def _die_after(engine: Engine, statements: int) -> None:
    """Kill this very process before it sends the statement of that number, commits counted."""
    left = statements

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)


def _refused(home: Path) -> int:
    return int(json.loads((home / "place.json").read_text(encoding="utf-8"))["refused"])


def _write(path: Path, state: dict[str, Any]) -> None:
    """The whole file or the old one."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(state), encoding="utf-8")
    partial.rename(path)
