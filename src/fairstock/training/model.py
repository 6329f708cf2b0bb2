"""Values of the training context: what goes into a model, and what came out."""

from __future__ import annotations

from dataclasses import dataclass


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
    """Folder names of the collection that the work came from, outermost first; they serve as further keywords."""
    picture: bytes
    """The image file, in any format that Pillow reads."""


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One line of a release's manifest: a work that went into the training."""

    sha256: str
    contributor: str
    title: str
    cluster: int
    """Works with the same number are near-duplicates of each other."""


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
