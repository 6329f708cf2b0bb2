"""The way of one sale, for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One station of a sale on its way: a title and facts in order, for people."""

    title: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The way of one sale from the buyer to the contributors' balances."""

    sale_id: str
    steps: tuple[Step, ...]
