"""Values of the training context: what goes into a model, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class TrainingWork:
    """One work whose contributor has licensed it for training."""

    sha256: str
    """Hex digest of the bytes in ``picture``."""
    contributor: str
    """Handle or name of the contributor; never empty."""
    title: str
    keywords: tuple[str, ...]
    folder: tuple[str, ...]
    """Folder names of the collection that the work came from, outermost first; they serve as further
    keywords.
    """
    picture: bytes
    """The image file, in any format that Pillow reads."""
    published: str | None = None
    """When it became available in the library, ISO 8601 in UTC with microseconds; None: not known."""


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One line of a release's manifest: a work that went into the training."""

    sha256: str
    contributor: str
    title: str
    cluster: int
    """Works with the same number are near-duplicates of each other."""
    published: str | None = None
    """As in ``TrainingWork``."""


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """What a release says about itself."""

    release_id: str
    seed: int
    steps: int
    """Optimiser steps of the generator, without those of its sharpener."""
    samples: int
    """Pictures seen in those steps, repetitions counted."""
    trained_on: int
    """Distinct works in the manifest."""
    manifest_sha256: str
    """Hex digest of the manifest's uncompressed CSV bytes."""
    created: str
    """Moment of the export, ISO 8601 in UTC."""
    parameters: int
    """Trained numbers in all networks of the release together."""


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """Where a running training stands."""

    step: int
    steps: int
    loss: float
    """Mean loss since the last report."""
    samples_per_second: float


class ReleaseState(StrEnum):
    """Whether a model release is in use."""

    active = "active"
    """It makes pictures."""
    retired = "retired"
    """It makes no new ones; those that it made stay attributed to its manifest."""


@dataclass(frozen=True, slots=True)
class Release:
    """A model release as it is registered."""

    id: str
    name: str
    """What the system is called in files and statements."""
    manifest_sha256: str | None
    """None where nobody can say what the model was trained on; the fund then has nobody to pay for it."""
    seed: int | None
    works: int
    """Works in the manifest."""
    created_at: datetime
    state: ReleaseState
    details: Mapping[str, Any]
    """Steps, samples, parameters."""


class ManifestRow(NamedTuple):
    """One work that went into a release."""

    work_sha256: str
    contributor_id: str
    cluster: int
    """Works with the same number are near-duplicates of each other."""


class LicensedWork(NamedTuple):
    """A work that may be trained on: live, consented, by a contributor whose license is in force."""

    asset_id: str
    sha256: str
    """Names its bytes in the object store."""
    contributor_id: str
    handle: str
    """The contributor's handle."""
    name: str
    """The contributor's name."""
    title: str
    keywords: tuple[str, ...]
    source: str
    published: str
    """When it became available in the library, ISO 8601 in UTC with microseconds."""
