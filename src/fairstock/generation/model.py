"""Values of the generation context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from fairstock.asset.model import Fingerprint, LocalFeatures
from fairstock.provenance.model import Mark


@dataclass(frozen=True, slots=True)
class GeneratedPicture:
    """One picture as it leaves a generator, before checks, marks and signature."""

    png: bytes
    seed: int
    """The seed that was asked for."""
    attempts: int
    """1, plus one for each draft thrown away because it came too near to a training work."""
    retrieved: tuple[str, ...]
    """Digests (sha256, hex) of the training works that the model looked at; empty where it looks at none."""
    nearest_sha256: str | None
    """The training work most like the picture; None where the generator cannot know."""
    nearest_similarity: float | None
    """How like: 1 for the same picture, less the more it differs; the generator says in which measure."""


class RequestState(StrEnum):
    """Where a buyer's request stands."""

    refused = "refused"
    """Moderation refused the prompt; nothing is made and nothing charged."""
    review = "review"
    """A person has to look at the prompt first; nothing is made until then."""
    pending = "pending"
    """Accepted, not made yet."""
    done = "done"
    """All pictures are in the catalogue."""
    failed = "failed"
    """The model or the machine failed for good; nothing was kept. The same key may try again."""


class OrderKind(StrEnum):
    """What is to be made, and of what."""

    create = "create"
    """A picture from words alone."""
    edit = "edit"
    """The buyer's own picture, changed: inside a mask, or as a whole where there is none."""
    variation = "variation"
    """Pictures like one picture, without words."""
    refine = "refine"
    """An earlier picture of the buyer's, carried on with words, a mask or another picture as guide."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a buyer asks for."""

    key: str
    """Made by the caller; the same key is the same request and gives the same pictures."""
    buyer_id: str
    prompt: str
    n: int
    """Pictures, 1 to 10."""
    size: int
    """Width and height in pixels."""
    kind: OrderKind = OrderKind.create
    source_sha256: str | None = None
    """Of the picture that the buyer sent, decoded and stored as PNG; of a variation's or an edit's own
    picture, and of the picture that guides a refinement.
    """
    mask_sha256: str | None = None
    """Of a PNG of the same size whose fully transparent pixels (alpha 0) are the ones to change."""
    parent_asset_id: str | None = None
    """The picture of the catalogue that is carried on or varied; generated for the same buyer."""
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What the buyer set besides: ``strength``, ``consent_declared``, ``diversity`` …"""

    @property
    def takes_a_picture(self) -> bool:
        """Whether there is a picture to begin with."""
        return self.kind is not OrderKind.create


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is recorded."""

    id: str
    order: Order
    state: RequestState
    decision: Mapping[str, Any]
    """Moderation's decision as ``moderation.model.Decision.as_json`` gives it; once a buyer appealed or a
    person decided, with ``appeal``, ``person`` and, as ``machine``, moderation's own.
    """
    release_id: str | None
    """The model release that made the pictures; None until then."""
    failure: str | None
    """Why it failed, one sentence; None otherwise."""
    created_at: datetime
    finished_at: datetime | None
    plan: Mapping[str, Any] | None = None
    """Diversity planning as ``moderation.diversity.Plan.as_json`` gives it; None where there is none."""

    def prompt_of(self, index: int) -> str:
        """What is drawn as picture ``index``: the buyer's words, or the revised prompt of the plan."""
        return str(self.plan["pictures"][index]["prompt"]) if self.plan else self.order.prompt


@dataclass(frozen=True, slots=True)
class Queued:
    """A request's place in the queue."""

    sell: bool
    """Whether its licenses are sold in the transaction that makes it done."""
    asked_at: datetime
    deadline_at: datetime | None
    """After this it is given up; None = no limit."""
    made: int
    """Pictures drawn so far, of those that were ordered."""


@dataclass(frozen=True, slots=True)
class FinishedPicture:
    """A picture that is marked, signed and in the object store, ready for the catalogue."""

    index: int
    """Its place in the request, from 0."""
    sha256: str
    """Of the signed file."""
    mime: str
    width: int
    height: int
    bytes: int
    seed: int
    attempts: int
    retrieved: tuple[str, ...]
    nearest_sha256: str | None
    nearest_similarity: float | None
    fingerprint: Fingerprint
    embedding: tuple[float, ...]
    """Unit vector of the picture's features."""
    embedding_version: str
    mark: Mark
    """The watermark in its pixels, or why there is none."""
    local: LocalFeatures | None = None
    """What its parts look like, by which a part that comes back is found."""


@dataclass(frozen=True, slots=True)
class GeneratedImage:
    """How a picture of the catalogue came to be."""

    asset_id: str
    request_id: str
    index: int
    seed: int
    release_id: str
    attempts: int
    retrieved: tuple[str, ...]
    nearest_sha256: str | None
    nearest_similarity: float | None
    parent_asset_id: str | None = None
    """The picture of the catalogue that it continues; ``None`` where it began anew."""
