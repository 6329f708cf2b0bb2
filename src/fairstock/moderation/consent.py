"""People in pictures that buyers send: when a consent must be declared, and which requests people look at.

Pure. The numbers are data (``consent.toml``). Whose face it is nobody can tell here: no network for
recognising faces was found whose weights may be used, so the likeness opt-out list is matched by copies of
its pictures.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Protocol

SHIPPED = Path(__file__).with_name("consent.toml")


class Outcome(StrEnum):
    """What follows from a finding."""

    refused = "refused"
    """The request was not carried out, and cost nothing."""
    watched = "watched"
    """It was carried out; the sampling policy gives it to a person."""
    passed = "passed"
    """It was carried out."""


class SeenFace(Protocol):
    """A face in a photograph."""

    @property
    def share(self) -> float:
        """Its width as a fraction of the picture's longest side."""
        ...

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width, height as fractions of the picture."""
        ...


@dataclass(frozen=True, slots=True)
class ConsentPolicy:
    """A version of the numbers."""

    version: str
    share: float
    """Least width of a face that can be recognised, as a fraction of the longest side."""
    watched: float
    """Part of the requests with a declared consent that a person looks at."""
    radius: int
    """Bits by which a copy of a registered picture may differ."""

    def recognisable(self, faces: Sequence[SeenFace]) -> list[SeenFace]:
        """Those large enough."""
        return [face for face in faces if face.share >= self.share]

    def outcome(self, ask: str, *, declared: bool, opted_out: bool) -> Outcome:
        """What follows for a picture with recognisable faces; the same for the same ``ask``, always."""
        if opted_out or not declared:
            return Outcome.refused
        drawn = int.from_bytes(hashlib.sha256(f"{self.version}\x1f{ask}".encode()).digest()[:8])
        return Outcome.watched if drawn < self.watched * 2**64 else Outcome.passed


@cache
def shipped() -> ConsentPolicy:
    """The policy that travels with the package."""
    table = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    return ConsentPolicy(
        str(table["version"]), float(table["share"]), float(table["watched"]), int(table["radius"])
    )
