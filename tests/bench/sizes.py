"""How much memory a process and its children hold, for benches."""

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path

MEGA = 1024
"""Kilobytes."""


@dataclass(frozen=True)
class Sizes:
    """Memory in MB."""

    resident: float
    peak: float
    anonymous: float
    malloc: float
    workers: float
    """Resident memory of all confined processes."""

    @classmethod
    def now(cls) -> "Sizes":
        """This process and its children as they are."""
        here = _status(os.getpid())
        workers = sum(_status(each)["VmRSS"] for each in _children())
        return cls(here["VmRSS"], here["VmHWM"], here["RssAnon"], _given_out(), workers)

    def told(self) -> str:
        """In one line."""
        return (
            f"parent {self.resident:5.0f} MB (peak {self.peak:5.0f}; anonymous {self.anonymous:5.0f}, "
            f"malloc {self.malloc:5.0f})  workers {self.workers:4.0f} MB"
        )


def _status(process: int) -> dict[str, float]:
    """The kernel's figures of a process in MB: VmRSS, VmHWM, RssAnon and others."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    rows = (line.split() for line in lines if line.endswith(" kB"))
    return {row[0].rstrip(":"): int(row[1]) / MEGA for row in rows}


_NUMBERS = (
    *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
    *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
)


class _MallInfo(ctypes.Structure):
    """glibc's ``struct mallinfo2``."""

    _fields_ = [(name, ctypes.c_size_t) for name in _NUMBERS]


def _given_out() -> float:
    """MB that malloc has given out and not got back, in all its arenas; 0 where it is not glibc's."""
    try:
        asked = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return 0.0
    asked.restype = _MallInfo
    found = asked()
    return float(found.uordblks + found.hblkhd) / MEGA**2


def _children() -> list[int]:
    """The confined processes; the database server has left this process's family."""
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return sorted({int(each) for path in found for each in path.read_text(encoding="ascii").split()})
