"""Values of the simulation. Everything in them follows from the seed and the sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


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


@dataclass(frozen=True, slots=True)
class Message:
    """Something that happens in the marketplace, as a message that may come late, or twice."""

    key: str
    kind: str
    """Name of a function in ``simulate.act``."""
    at: datetime
    """When it happened: a fact that does not change however often it is delivered."""
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole simulated year."""

    seed: int
    size: Size
    contributors: tuple[str, ...]
    """Handles."""
    buyers: Mapping[str, str]
    """Handle → country."""
    works: tuple[Work, ...]
    releases: Mapping[str, tuple[str, ...]]
    """Release id → names of the works in its manifest."""
    deliveries: tuple[Message, ...]
    """Messages in the order in which they arrive, some late and some twice."""


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
    books: str
    """SHA-256 in hex over every transaction and posting: the same for the same seed, with and without
    crashes.
    """
    troubles: tuple[str, ...]
    """What is wrong, in words; empty where the books are in order."""
