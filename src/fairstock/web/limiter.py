"""Slows down the guessing of passwords, and whatever else costs the house time."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from fairstock.kit.errors import BadInput

ATTEMPTS = 10
"""Failed sign-ins of one handle from one address that are let through in the window."""
FROM_ONE_ADDRESS = 100
"""Sign-ins from one address in the window, whoever signs in: each costs 64 MiB and a tenth of a second."""
WINDOW_SECONDS = 15 * 60
_REMEMBERED = 10_000


class TooMany(BadInput):
    """Somebody asked for the same thing too often."""


class TooManyAttempts(TooMany):
    """Too many attempts to sign in with one handle, or from one address."""

    def __init__(self) -> None:
        super().__init__(
            "There were too many failed attempts to sign in with this name, or from your address.",
            remedy="wait a quarter of an hour and try again",
        )


class Limiter:
    """Counts by key over a window of time, in this process's memory, bounded to the newest 10,000 keys."""

    def __init__(
        self,
        most: int,
        window_seconds: float,
        refusal: Callable[[], TooMany],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._window, self._refusal, self._clock = most, window_seconds, refusal, clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def count(self, key: str) -> None:
        """Note one more; raises the refusal, and notes nothing, where ``most`` lie in the window already."""
        now = self._clock()
        with self._lock:
            seen = self._seen.setdefault(key, deque())
            self._seen.move_to_end(key)
            while seen and seen[0] < now - self._window:
                seen.popleft()
            if len(seen) >= self._most:
                raise self._refusal()
            seen.append(now)
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)

    def forget(self, key: str) -> None:
        """Begin anew with a key."""
        with self._lock:
            self._seen.pop(key, None)


class SignInLimiter:
    """Attempts are counted before the password is looked at, so that many at once are no way around."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._by_handle = Limiter(ATTEMPTS, WINDOW_SECONDS, TooManyAttempts, clock)
        self._by_address = Limiter(FROM_ONE_ADDRESS, WINDOW_SECONDS, TooManyAttempts, clock)

    def attempt(self, handle: str, address: str) -> None:
        """Note an attempt; raises ``TooManyAttempts``."""
        self._by_address.count(address)
        self._by_handle.count(f"{address} {handle}")

    def succeeded(self, handle: str, address: str) -> None:
        """Forget what failed before with this handle from this address."""
        self._by_handle.forget(f"{address} {handle}")
