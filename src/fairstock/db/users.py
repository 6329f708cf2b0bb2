"""Who uses the embedded server of a folder: file locks, which the kernel drops when a process is killed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_held: dict[Path, tuple[int, int]] = {}
"""Folder → (process id, file descriptor) of what this process holds."""


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Let one process at a time start or stop the server of this folder; the others wait."""
    descriptor = os.open(data_dir.with_name(f".{data_dir.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def hold(data_dir: Path) -> bool:
    """Note that this process uses the server from now on; false where that was noted before."""
    if _held.get(data_dir, (0, -1))[0] == os.getpid():
        return False
    descriptor = os.open(_file(data_dir), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _held[data_dir] = (os.getpid(), descriptor)
    return True


def release(data_dir: Path) -> bool:
    """End this process's use; false where it has none, as in a forked child, which has its parent's only."""
    owner, descriptor = _held.pop(data_dir, (0, -1))
    if owner != os.getpid():
        return False
    os.close(descriptor)
    return True


def in_use(data_dir: Path) -> bool:
    """Whether any process uses the server."""
    descriptor = os.open(_file(data_dir), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def _file(data_dir: Path) -> Path:
    """The file on which every user holds a shared lock."""
    return data_dir.with_name(f".{data_dir.name}.users")
