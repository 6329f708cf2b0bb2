"""Entries of the opt-out registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from fairstock.asset.model import LocalFeatures


class Use(StrEnum):
    """What the owner of a work refuses."""

    SALE = "sale"
    """The work may not be offered here by anybody."""
    TRAINING = "training"
    """No model may learn from the work."""
    LIKENESS = "likeness"
    """The picture shows a person who wants nothing to be made of it."""


class NameUse(StrEnum):
    """What a person refuses to have done with their name in a prompt."""

    STYLE = "style"
    """Imitating the person's style."""
    LIKENESS = "likeness"
    """Depicting the person."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What an opted-out picture looks like, by which changed copies of it are found."""

    width: int
    """Pixels, upright."""
    height: int
    """Pixels, upright."""
    embedding: Sequence[float]
    """Image features, unit length."""
    embedding_version: str
    """Which model made them."""
    sketch: bytes
    """The picture squeezed to 64 × 64 RGB."""
    local: LocalFeatures | None = None
    """What its parts look like, where that was looked for."""


@dataclass(frozen=True, slots=True)
class NewOptOut:
    """An entry to be added; it needs a digest, a perceptual hash, or both."""

    sha256: str | None
    """The exact file, as 64 hex digits."""
    phash: int | None
    """The picture to the eye: pHash as in ``asset.rules.fingerprint``, signed 64 bits."""
    uses: frozenset[Use]
    since: datetime
    evidence: str
    """Who asked, and how that was checked."""
    looks: Looks | None = None
    """Where the picture itself is at hand."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored entry whose picture has features near those of another picture, or words in common with it."""

    id: str
    since: datetime
    evidence: str
    looks: Looks
    cosine: float
    """−1 to 1."""


@dataclass(frozen=True, slots=True)
class OptOut:
    """A stored entry that matched."""

    id: str
    sha256: str | None
    phash: int | None
    uses: frozenset[Use]
    since: datetime
    evidence: str
    exact: bool
    """The bytes were equal; otherwise the perceptual hashes were close."""
    distance: int
    """Differing bits, in the better of straight and mirrored; 0 for equal bytes."""


@dataclass(frozen=True, slots=True)
class OptedOutName:
    """A name that prompts may not use."""

    name: str
    use: NameUse
    since: datetime
    evidence: str


class RefusedNames(NamedTuple):
    """Names that prompts may not use, as moderation asks for them."""

    styles: tuple[str, ...]
    """Of people in whose style nothing may be made."""
    likeness: tuple[str, ...]
    """Of people who may not be shown."""
