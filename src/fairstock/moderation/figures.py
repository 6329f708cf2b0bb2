"""Lists of names as data: people whose likeness the policy itself refuses."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Names:
    """Names of a list, in the two ways in which they may be looked for."""

    known: tuple[str, ...]
    """Found wherever they stand."""
    ambiguous: tuple[str, ...]
    """Made of ordinary words ("Pink", "James Woods"): capitals or a word such as "portrait of" must help."""


def read_names(files: Iterable[Path]) -> Names:
    """The names of several lists together; a name that any of them calls ambiguous is ambiguous.

    Raises ``OSError``, ``tomllib.TOMLDecodeError``, and ``KeyError`` for a list without groups.
    """
    known: dict[str, None] = {}
    ambiguous: dict[str, None] = {}
    for file in files:
        for group in tomllib.loads(file.read_text(encoding="utf-8"))["group"]:
            known |= dict.fromkeys(split_names(group.get("known", "")))
            ambiguous |= dict.fromkeys(split_names(group.get("ambiguous", "")))
    return Names(tuple(name for name in known if name not in ambiguous), tuple(ambiguous))


def split_names(text: str) -> list[str]:
    """Comma-separated names over any number of lines."""
    return [name for part in text.split(",") if (name := " ".join(part.split()))]
