"""Values of provenance: what we claim about a file of ours, and what we found in any file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version

SOURCE_TYPE_BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""Prefix of the IPTC vocabulary "Digital Source Type" (IPTC NewsCodes)."""


class SourceType(StrEnum):
    """The members of IPTC's Digital Source Type that say a trained model took part."""

    GENERATED = SOURCE_TYPE_BASE + "trainedAlgorithmicMedia"
    """Made by a model from words."""
    COMPOSITE = SOURCE_TYPE_BASE + "compositeWithTrainedAlgorithmicMedia"
    """A picture in which a part was made by a model (an edit)."""
    COMPOSITE_SYNTHETIC = SOURCE_TYPE_BASE + "compositeSynthetic"
    """A mix that has at least one synthetic part."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A picture that went into another one."""

    data: bytes = field(repr=False)
    """The whole file; only its digest, and a manifest that it has, enter the record, never its pixels."""
    relationship: str
    """C2PA's word: ``parentOf`` for the picture that was carried on, ``inputTo`` for one that guided."""
    title: str
    mime: str = "image/png"


@dataclass(frozen=True, slots=True)
class Mark:
    """Whether a picture carries the house's watermark."""

    method: str
    """Name and version of the watermark."""
    payload: bytes | None
    """What is written in the pixels; None where nothing is."""
    reason: str | None = None
    """Why nothing is, one clause; None where something is."""


@dataclass(frozen=True, slots=True)
class ProvenanceClaim:
    """What the house states, and signs, about one picture that its model made."""

    picture_id: str
    """Stays the same when the picture is made again: request id and position."""
    title: str
    """Shown by readers; never the prompt unless the buyer agreed, since prompts hold private data."""
    model_name: str
    """The system that made it, such as "fairstock house model"."""
    release_id: str
    """The model release, such as "house-1"; its manifest names every work that went in."""
    created_at: dt.datetime
    """When the picture was asked for, UTC."""
    source_type: SourceType = SourceType.GENERATED
    training_allowed: bool = False
    """Whether others may train on the picture; written as cawg.training-mining and plus:DataMining."""
    prompt: str | None = None
    """The words, only when the buyer agreed to publish them."""
    ingredients: tuple[Ingredient, ...] = ()
    """The pictures that went in, at most one of them the parent; none for a picture made of words."""
    mark: Mark | None = None
    """The watermark in the pixels, named in the manifest as soft binding; None where there was no attempt."""
    visible_label: bool = False
    """Whether the buyer asked for a visible label, which the manifest then records."""


def _version() -> str:
    """The installed version of the software; "0" in a source tree that is not installed."""
    try:
        return version("fairstock")
    except PackageNotFoundError:
        return "0"


@dataclass(frozen=True, slots=True)
class House:
    """Who publishes the files; the same on every picture."""

    name: str = "fairstock"
    """Credit line and claim generator."""
    version: str = field(default_factory=_version)
    """Version of the software that writes the claim."""
    url: str = "https://fairstock.example"
    """Where a picture's license terms are explained and bought."""


class C2paState(StrEnum):
    """What reading a file's C2PA manifest ended with, from best to worst."""

    TRUSTED = "trusted"
    """Bytes and signature are intact and the signer's root is one that we trust."""
    VALID = "valid"
    """Bytes and signature are intact; we do not know the signer's root."""
    EXPIRED = "expired"
    """Bytes and signature are intact; the signer's certificate has run out and no time stamp covers the
    signing.
    """
    ALTERED = "altered"
    """The bytes are not those that were signed."""
    BROKEN = "broken"
    """The signature or the structure of the manifest does not hold."""
    UNREADABLE = "unreadable"
    """There is a manifest but it cannot be parsed."""
    REMOTE = "remote"
    """The file only links to a manifest elsewhere; it was not fetched."""
    ABSENT = "absent"
    """No manifest."""


@dataclass(frozen=True, slots=True)
class C2paReport:
    """What a file's C2PA manifests say, and whether to believe it."""

    state: C2paState
    generator: str | None = None
    """The software named by the active manifest."""
    generators: tuple[str, ...] = ()
    """The software named by every manifest, ingredients included, active one first."""
    signer: str | None = None
    """Common name or issuer of the signing certificate."""
    source_types: tuple[str, ...] = ()
    """Every Digital Source Type found in any manifest, full URIs."""
    generated: bool = False
    """Whether any manifest, ingredients included, says that a trained model took part."""
    captured: bool = False
    """Whether a manifest says that a camera took the picture (digitalCapture or computationalCapture)."""
    evidence: tuple[str, ...] = ()
    """One sentence per finding, for reviewers."""
    failures: tuple[str, ...] = ()
    """Failure codes of C2PA's own validation, those about trust included."""

    @property
    def present(self) -> bool:
        """Whether the file has, or links to, a manifest."""
        return self.state is not C2paState.ABSENT

    @property
    def valid(self) -> bool:
        """Whether bytes and signature are intact, whoever signed."""
        return self.state in (C2paState.TRUSTED, C2paState.VALID, C2paState.EXPIRED)

    @property
    def trusted(self) -> bool:
        """Whether, on top of that, we know the signer."""
        return self.state is C2paState.TRUSTED


@dataclass(frozen=True, slots=True)
class WatermarkFound:
    """A payload read out of pixels, and how sure that is."""

    payload: bytes
    confidence: float
    """Agreement of the picture with the payload's pattern: 0 for chance, 1 for the pattern alone."""
    false_positive_bound: float
    """At most this is the chance that reading an unmarked picture finds any payload so clearly."""
    visible_share: float
    """Estimate of how much of the original's area is still there, 0 to 1."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What one file proves, in plain words."""

    sha256: str
    mime: str | None
    """None when the bytes are no picture format that we know."""
    headline: str
    """One sentence: the strongest thing that the file shows."""
    findings: tuple[str, ...]
    """Further sentences, strongest first, ending with what is not proven."""
    c2pa: C2paReport
    xmp: Mapping[str, tuple[str, ...]]
    """XMP properties of interest by their usual prefixed name."""
