"""Which lines of a statement the form to dispute one offers: the largest, or those that fit some words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairstock.payout.dispute import StatementLine
from fairstock.web.pages import exact, money, words

MOST = 20
"""Lines offered at once; other words find the others."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What the form shows."""

    lines: Sequence[StatementLine]
    """The largest first."""
    fitting: int
    """Lines that fit the words, shown or not."""
    every: int
    """Lines of the statement."""
    q: str
    """The words; empty for all lines."""
    picked: str
    """The line chosen before, as ``name_of`` names it; always among those shown."""


def name_of(line: StatementLine) -> str:
    """A line as the form sends it."""
    return f"{line.kind.value}:{line.subject}"


def offered(
    every: Sequence[StatementLine], titles: Mapping[str, str], q: str = "", picked: str = ""
) -> Offered:
    """The lines to show of a statement: every word must stand in a line's title, kind, reason or sum."""
    wanted = q.casefold().split()
    fitting = [line for line in every if name_of(line) == picked or _fits(line, titles, wanted)]
    fitting.sort(key=lambda line: (name_of(line) != picked, -line.amount.micros, line.subject))
    return Offered(fitting[:MOST], len(fitting), len(every), " ".join(q.split()), picked)


def _fits(line: StatementLine, titles: Mapping[str, str], wanted: Sequence[str]) -> bool:
    title = titles.get(line.work_sha256 or "", "")
    said = (title, words(line.kind.value), line.about, exact(line.amount), money(line.amount))
    text = " ".join(said).casefold()
    return all(word in text for word in wanted)
