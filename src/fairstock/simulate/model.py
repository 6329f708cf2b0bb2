"""Values of the simulation. Everything in them follows from the seed and the sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fairstock.payout.model import Rate


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens."""

    days: int
    contributors: int
    sales: int


@dataclass(frozen=True, slots=True)
class Work:
    """A contributor's work in the catalogue and in the training manifests."""

    name: str
    contributor: str
    """Handle."""
    cluster: int
    """Near-duplicates share a number."""
    published: datetime
    """When it became available; some of a cluster at the same moment."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something that happens in the marketplace, as a message that may come late, or twice."""

    key: str
    kind: str
    """Name of a function in ``simulate.buyers`` or ``simulate.office``."""
    at: datetime
    """When it happened: a fact that does not change however often it is delivered."""
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole simulated year."""

    seed: int
    size: Size
    begin: datetime
    """The first day; the turn of a calendar year lies in the middle."""
    contributors: tuple[str, ...]
    """Handles."""
    listed: tuple[str, ...]
    """Handles of those whom a sanction list names from ``list_changes`` on."""
    buyers: Mapping[str, str]
    """Handle → country."""
    works: tuple[Work, ...]
    releases: Mapping[str, tuple[str, ...]]
    """Release id → names of the works in its manifest."""
    rates: tuple[Rate, ...]
    """Published rates of exchange, with weeks in which there was none."""
    deliveries: tuple[Message, ...]
    """Messages in the order in which they arrive, some late and some twice."""

    @property
    def list_changes(self) -> datetime:
        """When the sanction list gets its second version."""
        return self.begin + timedelta(days=self.size.days * 0.4)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulated year came to."""

    seed: int
    deliveries: int
    refused: int
    """Messages that the rules refused, such as a sale of a picture that was taken down."""
    crashes: int
    """Times that the process was killed."""
    transactions: int
    """In the ledger."""
    kinds: Mapping[str, int]
    """The same by their kind."""
    paid: int
    """Payments that reached somebody, whether they were taken back later or not."""
    taken_back: int
    """Those of them that the bank took back."""
    statements: int
    """Published statements in the newest edition of each published month."""
    books: str
    """SHA-256 in hex over every transaction and posting and over the roots of all published statements: the
    same for the same seed, with and without crashes.
    """
    troubles: tuple[str, ...]
    """What is wrong, in words; empty where the books are in order."""
