"""Slows down the guessing of passwords."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from fairstock.kit.errors import BadInput

FAILURES = 10
"""Failed sign-ins of one handle from one address that are let through in the window."""
WINDOW_SECONDS = 15 * 60
_REMEMBERED = 10_000


class TooManyAttempts(BadInput):
    """One handle failed to sign in too often."""

    def __init__(self) -> None:
        super().__init__(
            "There were too many failed attempts to sign in with this name.",
            remedy="wait a quarter of an hour and try again",
        )


class LoginLimiter:
    """Counts failures by handle and address, in this process's memory, bounded to the newest 10,000 pairs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._lock = Lock()

    def check(self, handle: str, address: str) -> None:
        """Raises ``TooManyAttempts`` when the pair has failed too often lately."""
        with self._lock:
            failures = self._failures.get((handle, address))
            while failures and failures[0] < self._clock() - WINDOW_SECONDS:
                failures.popleft()
            if failures and len(failures) >= FAILURES:
                raise TooManyAttempts

    def failed(self, handle: str, address: str) -> None:
        """Note a failure."""
        with self._lock:
            self._failures.setdefault((handle, address), deque(maxlen=FAILURES)).append(self._clock())
            self._failures.move_to_end((handle, address))
            if len(self._failures) > _REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, handle: str, address: str) -> None:
        """Forget the failures of the pair."""
        with self._lock:
            self._failures.pop((handle, address), None)
