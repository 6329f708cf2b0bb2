"""Who takes part in the marketplace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PartyKind(StrEnum):
    """What somebody is to the house."""

    contributor = "contributor"
    """Gives works and earns from them."""
    buyer = "buyer"
    """Buys licenses and asks for images."""
    staff = "staff"
    """Works here."""
    house = "house"
    """The marketplace itself."""


class Role(StrEnum):
    """What somebody may do; a party may have several."""

    contributor = "contributor"
    """Upload, and read the own statements."""
    buyer = "buyer"
    """Search, license and generate."""
    reviewer = "reviewer"
    """Decide what waits in the review queue."""
    finance = "finance"
    """Close periods, pay, book deals."""
    operator = "operator"
    """Start flows and change policies."""


@dataclass(frozen=True, slots=True)
class NewParty:
    """Somebody to be added."""

    handle: str
    """Unique short name, see ``rules.handle_of``."""
    name: str
    """Full name as it is shown."""
    kind: PartyKind
    roles: frozenset[Role] = frozenset()
    country: str | None = None
    """ISO 3166-1 alpha-2 code of the tax residence."""
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody."""

    id: str
    handle: str
    """Unique short name."""
    name: str
    """Full name as it is shown."""
    kind: PartyKind
    email: str | None
    country: str | None
    """ISO 3166-1 alpha-2 code of the tax residence, where known."""
    created_at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class TrainingStatement:
    """What a contributor said about training on the own works; never changed, a later one takes its place."""

    granted: bool
    """They may be trained on; otherwise not."""
    since: datetime
    """From when on it holds, UTC."""
    evidence: str
    """Where the statement can be found."""
    recorded_at: datetime
    """UTC."""
