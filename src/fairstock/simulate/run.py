"""Plays a plan against a database, in processes that are killed between two statements; then the audit.

Each process is a fork of this one. It counts the statements that it sends, its commits and the files that
its bank writes and, at the number drawn for it, kills itself with SIGKILL: no exception is raised, nothing is
cleaned up. The next one goes on with the message that was in work, which is thereby delivered again.
"""

from __future__ import annotations

import os
import random
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from fairstock.db.copies import copy_of, make_template
from fairstock.db.engine import connect
from fairstock.db.transaction import transaction
from fairstock.kit.errors import BadInput, Failure, NotFound
from fairstock.simulate.act import act
from fairstock.simulate.audit import audit
from fairstock.simulate.bank import SimulatedBank
from fairstock.simulate.model import Outcome, Plan, Size
from fairstock.simulate.plan import plan
from fairstock.simulate.post_box import PostBox
from fairstock.simulate.setting import furnish
from fairstock.simulate.world import World, enter, write_papers

DONE, FAILED = 0, 70
"""Exit codes of a process that played to the end, and of one that met an error nobody expected."""

STATEMENTS = 20
"""About what a message takes; the moments of death are drawn so that all kills fall into the year."""


class SimulationBroke(Failure):
    """A message raised an error that no rule of the marketplace explains."""

    def __init__(self, seed: int, trace: str) -> None:
        self.seed = seed
        super().__init__(
            f"The simulation of seed {seed} broke:\n{trace}", remedy="mend it: it repeats exactly"
        )


class Stage:
    """A server on which years are played, one after the other.

    It has one engine for all databases: what SQLAlchemy compiled for the first year serves the others, also
    in the processes that are forked and killed.
    """

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._template = make_template(server_url)
        self._database = ""
        self._engine = connect(server_url)
        self._engine.dispose()
        event.listen(self._engine, "do_connect", self._aim)

    @contextmanager
    def database(self) -> Iterator[Engine]:
        """The engine on a fresh database, which is dropped at the end."""
        with copy_of(self._server_url, self._template, "sim") as url:
            self._database = make_url(url).database or ""
            try:
                yield self._engine
            finally:
                self._engine.dispose()

    def _aim(self, _dialect: object, _record: object, _args: object, parameters: dict[str, Any]) -> None:
        parameters["dbname"] = self._database


def simulate(stage: Stage, seed: int, size: Size, *, crashes: int, papers: bool = True) -> Outcome:
    """Play the seed's year on a fresh database, with up to ``crashes`` kills, and audit it; without
    ``papers`` only the bank is compared with the books.

    The year must be played in a process without threads of its own, since it forks. Raises
    ``SimulationBroke``.
    """
    script = plan(seed, size)
    with stage.database() as engine, TemporaryDirectory(prefix="fairstock-sim-") as folder:
        home = Path(folder)
        write_papers(script, home)
        killed = _with_kills(script, engine, home, crashes) if crashes else _in_peace(script, engine, home)
        world = enter(engine, script, home, SimulatedBank(home / "bank", seed))
        return audit(world, PostBox(home, script).refused, killed, home if papers else None)


def _in_peace(script: Plan, engine: Engine, home: Path) -> int:
    """Play in this very process, which teaches its engine every statement."""
    try:
        _work(script, engine, home, None)
    except Exception as error:
        raise SimulationBroke(script.seed, traceback.format_exc()) from error
    return 0


def _with_kills(script: Plan, engine: Engine, home: Path, crashes: int) -> int:
    """Fork until one process gets to the end; returns how many were killed on the way."""
    dice = random.Random(f"crashes/{script.seed}")  # noqa: S311  # a simulation, not a secret
    span = 2 * STATEMENTS * len(script.deliveries) // crashes
    killed = 0
    engine.dispose()
    while True:
        limit = dice.randint(1, max(2, span)) if killed < crashes else None
        child = os.fork()
        if child == 0:
            _in_child(lambda: _work(script, engine, home, limit), home)  # noqa: B023  # used at once
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed += 1
        elif os.WEXITSTATUS(status) == DONE:
            return killed
        else:
            raise SimulationBroke(script.seed, (home / "error").read_text(encoding="utf-8"))


def _in_child(work: Callable[[], None], home: Path) -> None:
    """Run and leave without any of the parent's own cleaning up."""
    try:
        work()
    except BaseException:  # the parent reads it
        (home / "error").write_text(traceback.format_exc(), encoding="utf-8")
        os._exit(FAILED)
    os._exit(DONE)


def _work(script: Plan, engine: Engine, home: Path, limit: int | None) -> None:
    """One process's share: from where the last one was, to the end or to its own."""
    step = _death_after(limit) if limit else None
    if step:
        event.listen(engine, "before_cursor_execute", step)
        event.listen(engine, "commit", step)
    bank = SimulatedBank(home / "bank", script.seed, step or (lambda: None))
    box = PostBox(home, script)
    if box.untouched:
        with transaction(engine) as conn:
            furnish(conn, script)
    _deliver(enter(engine, script, home, bank), box)


def _deliver(world: World, box: PostBox) -> None:
    """Each message, and after it those that had come before what they refer to."""
    while message := box.next():
        try:
            act(world, message)
        except NotFound:
            box.later()
        except BadInput:
            box.refuse()
        else:
            box.done()


def _death_after(steps: int) -> Callable[..., None]:
    """Kills this very process at the call of that number."""
    left = steps

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return count
