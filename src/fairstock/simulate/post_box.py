"""What a process has delivered so far, on disk, so that the next one goes on with the message in work."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from fairstock.kit.files import write_whole
from fairstock.simulate.model import Message, Plan

PATIENCE = timedelta(days=10)
"""A message that refers to something that has not come in so long is never delivered: it was refused."""


class PostBox:
    """The plan's messages in their order; after each come those again that were early.

    The file is written after each single act, so that a crash repeats one act and never two.
    """

    def __init__(self, home: Path, plan: Plan) -> None:
        self._path = home / "place.json"
        self._deliveries = plan.deliveries
        self._known = {message.key: message for message in plan.deliveries}
        self.untouched = not self._path.exists()
        """Nothing was delivered yet."""
        state: dict[str, Any] = {"next": 0, "queue": [], "left": [], "refused": 0}
        if not self.untouched:
            state = json.loads(self._path.read_text(encoding="utf-8"))
        self._next = int(state["next"])
        self._queue: list[str] = state["queue"]
        self._left: list[str] = state["left"]
        self.refused = int(state["refused"])
        """Messages that the rules refused."""

    def next(self) -> Message | None:
        """The message to deliver; None at the end."""
        if not self._queue:
            if self._next == len(self._deliveries):
                return None
            arrived = self._deliveries[self._next]
            waiting = [key for key in self._left if self._known[key].at > arrived.at - PATIENCE]
            self._queue = list(dict.fromkeys([arrived.key, *waiting]))
            self._left = []
            self._next += 1
        return self._known[self._queue[0]]

    def done(self) -> None:
        """It was delivered."""
        self._queue.pop(0)
        self._write()

    def refuse(self) -> None:
        """The rules refused it for good."""
        self.refused += 1
        self.done()

    def later(self) -> None:
        """What it refers to has not come yet."""
        self._left.append(self._queue[0])
        self.done()

    def _write(self) -> None:
        """The whole file or the old one."""
        state = {"next": self._next, "queue": self._queue, "left": self._left, "refused": self.refused}
        write_whole(self._path, json.dumps(state))
