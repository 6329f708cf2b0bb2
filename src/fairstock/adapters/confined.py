"""The decode guard of production, and content credentials read behind it.

c2pa-python parses untrusted bytes in native code, so it runs where every other decoder runs: in a process
that can open neither file nor socket, and whose end costs one file.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fairstock.provenance.model import C2paReport, C2paState
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.model import Limits, Refusal

COMMAND = (sys.executable, "-m", "fairstock.adapters.decoding_process")
_MOST_PROCESSES = 8
QUESTION = "c2pa"
"""What a process is asked for content credentials."""
_LONGEST, _MOST = 2000, 500
"""Characters of one word and number of words that are believed."""


def open_guard(limits: Limits | None = None, workers: int | None = None) -> DecodeGuard:
    """A guard whose processes read content credentials too; it ends with this process."""
    guard = DecodeGuard(limits, workers or max(2, min(os.cpu_count() or 2, _MOST_PROCESSES)), COMMAND)
    atexit.register(guard.close)
    return guard


class ConfinedC2paReader:
    """Port ``provenance.ports.C2paReader`` through a guard's processes."""

    def __init__(self, guard: DecodeGuard, anchors: Callable[[], bytes]) -> None:
        """``anchors``: gives the PEM roots that make an intact file trusted, asked again for every file."""
        self._guard, self._anchors = guard, anchors

    def read(self, data: bytes, mime: str) -> C2paReport:
        """The report on ``data``; any file gives one, also one that brings its process down."""
        words = {"want": QUESTION, "mime": mime, "anchors": self._anchors().decode("ascii")}
        answer = self._guard.ask(words, data)
        if isinstance(answer, Refusal):
            return C2paReport(C2paState.UNREADABLE, evidence=(f"The C2PA manifest: {answer.sentence}",))
        try:
            return _report(answer[0])
        except (KeyError, TypeError, ValueError):
            return C2paReport(
                C2paState.UNREADABLE, evidence=("The reader of C2PA gave no sensible answer over the file.",)
            )


def _report(values: Mapping[str, Any]) -> C2paReport:
    """The report from the process's message; KeyError, TypeError or ValueError where it is none."""
    return C2paReport(
        state=C2paState(values["state"]),
        generator=_word(values["generator"]),
        generators=_words(values["generators"]),
        signer=_word(values["signer"]),
        source_types=_words(values["source_types"]),
        generated=bool(values["generated"]),
        captured=bool(values["captured"]),
        evidence=_words(values["evidence"]),
        failures=_words(values["failures"]),
    )


def _word(value: object) -> str | None:
    return None if value is None else str(value)[:_LONGEST]


def _words(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(value)[:_LONGEST] for value in values[:_MOST])
