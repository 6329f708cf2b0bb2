"""The process itself: settings that make numerical work cheaper, applied before numpy and torch are loaded,
and what it does when it is asked to end.
"""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil  # type: ignore[import-untyped]

KEPT_BYTES = 1 << 30
"""Freed memory up to this stays with the process instead of going back to the kernel."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Parameter numbers of glibc's ``mallopt`` (malloc.h)."""


def prepare() -> None:
    """Let waiting threads sleep, and let freed tensors be used again. Safe to call twice."""
    # Waiting OpenMP threads that spin instead of sleeping cost eight times the processor time as soon as
    # another process wants the cores (measured on two of them).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # numpy's own threads spin too, and the matrices here are too small for them: marking a picture took 180
    # to 330 ms of processor time with two, and 31 ms with one, beside a busy second core.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Without this glibc returns every large tensor to the kernel and faults its pages in again.

    Image features took 32 ms a picture before and 15 ms after (batches of 8, two cores).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # not glibc: its allocator has its own ways
        return
    mallopt(_M_MMAP_THRESHOLD, KEPT_BYTES)
    mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES)


_RESTED_SECONDS = 30.0
_last = {"given back": -_RESTED_SECONDS}


def give_back() -> None:
    """Return to the kernel what was freed, at most twice a minute; for processes that work for hours.

    What is kept for the next tensor is little beside what loading the models leaves free (450 MB); asking
    takes 14 ms of processor time, and using the memory again about as much.
    """
    if time.monotonic() - _last["given back"] < _RESTED_SECONDS:
        return
    _last["given back"] = time.monotonic()
    with suppress(AttributeError, OSError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)


_PATIENT = 10
"""Niceness of processes that give way."""


def let_give_way(program: str) -> None:
    """Let child processes whose command line names ``program`` wait where this one wants the cores.

    For Prefect's server, which writes down what runs do (about 50 ms of processor time a picture): drawing
    takes all cores, so on a small machine those records would be paid for by whoever waits for the picture.
    """
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it ended meanwhile
            if program in " ".join(child.cmdline()):
                child.nice(max(child.nice(), _PATIENT))


@contextmanager
def on_signals(handle: Callable[[int], object], *numbers: signal.Signals) -> Iterator[None]:
    """Call ``handle`` with the number of each of these signals, until the block ends; then all is as before.

    Signals can be had in the main thread only: elsewhere Python raises ValueError.
    """
    before = {number: signal.signal(number, lambda which, _frame: handle(which)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
