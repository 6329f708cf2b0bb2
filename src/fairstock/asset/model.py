"""A picture in the catalogue, and what recognises it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class AssetKind(StrEnum):
    """Who made a picture."""

    human = "human"
    """A contributor."""
    generated = "generated"
    """The house's model, at a buyer's request."""


class AssetState(StrEnum):
    """Whether a picture may be found and sold."""

    live = "live"
    """It may."""
    withdrawn = "withdrawn"
    """Its contributor took it back."""
    taken_down = "taken_down"
    """The house removed it, for instance after a complaint."""
    private = "private"
    """Only the buyer whose material is in it may see, license and have it; search never shows it."""


@dataclass(frozen=True, slots=True)
class NewAsset:
    """A picture to be added; its bytes lie in the object store already."""

    contributor_id: str | None
    """Whose it is; ``None`` exactly for generated pictures."""
    kind: AssetKind
    sha256: str
    """Digest of the original file, 64 hex digits."""
    mime: str
    """Such as ``image/png``."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    bytes: int
    """Size of the original file."""
    title: str
    keywords: tuple[str, ...]
    license: str
    """SPDX id or name of the license under which the house has it."""
    source: str
    """Where it came from: a collection, an upload, a generation request."""
    training_consent: bool
    """The contributor's consent to training as it stood when the picture came in."""
    private_to: str | None = None
    """The buyer whose material is in it, which makes it ``private``; ``None`` for all others."""
    created_at: datetime | None = None
    """When it became available, if that was not now."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture of the catalogue; the fields of ``NewAsset`` with its id, state and time."""

    id: str
    contributor_id: str | None
    kind: AssetKind
    sha256: str
    mime: str
    width: int
    height: int
    bytes: int
    title: str
    keywords: tuple[str, ...]
    license: str
    source: str
    state: AssetState
    training_consent: bool
    created_at: datetime
    """UTC."""
    private_to: str | None = None

    def offered_to(self, party_id: str | None) -> bool:
        """Whether this person may find, see and license it without any other right to it."""
        if self.state is AssetState.private:
            return party_id is not None and party_id == self.private_to
        return self.state is AssetState.live


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Perceptual hashes of a picture, as signed 64-bit integers (PostgreSQL's BIGINT)."""

    phash: int
    """ImageHash's pHash, 8 × 8 bits, of the picture flattened on white."""
    phash_mirror: int
    """The same of the picture mirrored left to right."""


@dataclass(frozen=True, slots=True)
class LocalFeatures:
    """What small parts of a picture look like and where they are, as it is kept."""

    version: str
    """Which extractor and vocabulary made them; those of different versions are not comparable."""
    packed: bytes
    """As that version packs them."""
    words: Sequence[int]
    """By which the picture is found, each once: what many of its parts look like, as numbers."""


@dataclass(frozen=True, slots=True)
class NewFingerprint:
    """What recognises an asset, to be stored."""

    asset_id: str
    fingerprint: Fingerprint
    embedding: Sequence[float] | None = None
    """Unit vector of ``EMBEDDING_DIMENSIONS`` numbers."""
    embedding_version: str | None = None
    """Which model made it; vectors of different versions are not comparable."""
    local: LocalFeatures | None = None
    """None where nobody has looked for them yet; what is stored stays then."""


EMBEDDING_DIMENSIONS = 1280
"""Length of a feature vector (EfficientNet-Lite0, pooled)."""


class Neighbour(NamedTuple):
    """A picture that looks alike."""

    asset_id: str
    similarity: float
    """Cosine of the angle between the two vectors, −1 to 1."""


class HashMatch(NamedTuple):
    """A picture whose perceptual hash is close."""

    asset_id: str
    distance: int
    """Bits that differ, 0 to 64."""
    mirrored: bool
    """Whether it matches the mirror image only, or better."""
