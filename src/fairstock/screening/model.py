"""Observations, verdicts and reviews; an observation never says what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from fairstock.kit.ids import derived_id


class ObservationKind(StrEnum):
    """What a detector can see."""

    GENERATOR_MARK = "generator_mark"
    """A generator wrote its name or its settings into the file; the value is the generator."""
    C2PA = "c2pa"
    """Content credentials are in the file; evidence: do they name a trained model, do they hold."""
    COPY = "copy"
    """The picture resembles one in the catalogue; the value is the asset, the evidence how alike they are."""
    PIXELS = "pixels"
    """What the picture's finest detail looks like; the value is the version of the model, the evidence its
    calibrated score and which human pictures look as much like a generator's.
    """
    OPTOUT = "optout"
    """The picture matches an entry of the opt-out registry; the value is the entry."""
    HUMAN_ORIGIN = "human_origin"
    """Something speaks for a person as the maker; the value says what, ``strength`` (0 to 1) how much."""
    OWN_WATERMARK = "own_watermark"
    """The pixels carry this house's watermark; the value is the asset that it names, or ``unknown``."""
    ACCOUNT = "account"
    """The pictures of the account, taken together, look machine-made; the value is the finding about it."""
    AGENCY_TEXT = "agency_text"
    """The name of another agency can be read in the picture or its metadata; the value is the agency."""
    FACES = "faces"
    """A photograph shows faces large enough to be recognised; the value is their number."""
    NUDITY = "nudity"
    """A photograph that a classifier takes for sexual; the value is its score."""
    CAPTION = "caption"
    """The contributor's own words claim something that a person should read; the value is the kind."""


class Outcome(StrEnum):
    """What the policy, or a reviewer, decides."""

    ACCEPT = "accept"
    """It may be published."""
    REVIEW = "review"
    """A person has to look; never an accusation."""
    REQUEST = "request"
    """The contributor is asked for evidence, the raw file or the layers; then a person looks."""
    REJECT = "reject"
    """There is proof against it."""


class Effect(StrEnum):
    """What follows from a machine's verdict; the verdict itself stays as it was said."""

    ACTS = "acts"
    """The upload is published or turned down by it."""
    PEOPLE = "people"
    """A person decides."""
    NOTED = "noted"
    """It stands beside an earlier decision by a person, which holds."""


class ReasonCode(StrEnum):
    """Why an upload is not simply accepted; the same words in verdicts, summaries and notices."""

    GENERATOR_MARK = "generator_mark"
    """The file carries the mark of an image generator."""
    GENERATOR_SUSPECTED = "generator_suspected"
    """The file carries a sign that is typical of a generator but no proof."""
    C2PA_GENERATED = "c2pa_generated"
    """Signed content credentials say that a trained model took part."""
    OWN_OUTPUT = "own_output"
    """The picture is one that this house's model made."""
    EXACT_DUPLICATE = "exact_duplicate"
    """The same file is in the catalogue under another contributor."""
    NEAR_DUPLICATE = "near_duplicate"
    """A re-encoded or resized copy of another contributor's work."""
    MIRRORED_DUPLICATE = "mirrored_duplicate"
    """A mirrored copy of another contributor's work."""
    SIMILAR_WORK = "similar_work"
    """So close to another contributor's work that a person should compare them."""
    REPEATED = "repeated"
    """The contributor already has this very work in the catalogue."""
    PIXELS_SUSPECTED = "pixels_suspected"
    """The pixels look like a generator's; a suspicion, never proof."""
    OPTED_OUT = "opted_out"
    """The registry of opted-out works names this picture."""
    ACCOUNT_SUSPECTED = "account_suspected"
    """The pictures of this account, taken together, look machine-made; people look into it."""
    AGENCY_TEXT = "agency_text"
    """The picture bears the name of another agency."""
    FACE_WITHOUT_RELEASE = "face_without_release"
    """Somebody can be recognised, and no model release was named."""
    NUDITY = "nudity"
    """The picture may show nudity."""
    NOT_OPENED = "not_opened"
    """The gate could not open the file."""
    CAPTION_CLAIM = "caption_claim"
    """Title, keywords or description say something that has to be cleared up first."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that one detector saw in one file."""

    kind: ObservationKind
    value: str
    """What was seen, in one word or id: ``comfyui``, ``ast_…``."""
    evidence: Mapping[str, Any]
    """JSON values that let a person check it: where it lay, the words, the distances."""
    detector: str
    detector_version: str

    def identity(self, upload_id: str) -> str:
        """The id under which it is stored for an upload: the same sight again is the same."""
        return derived_id("obs", upload_id, self.kind.value, self.value, self.detector, self.detector_version)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a verdict, with the words that the contributor reads."""

    code: ReasonCode
    outcome: Outcome
    """What this reason alone would lead to."""
    rule: str
    """Name of the policy's rule."""
    sentence: str
    """What was found, in plain words."""
    next_step: str
    """What the contributor can do now."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The policy's answer to all observations of one upload."""

    outcome: Outcome
    reasons: Sequence[Reason]
    """Strongest first; empty exactly when the outcome is accept."""
    policy_version: str

    @property
    def codes(self) -> list[str]:
        """The reasons' codes, each once, strongest first."""
        return list(dict.fromkeys(reason.code.value for reason in self.reasons))


@dataclass(frozen=True, slots=True)
class Laid:
    """An upload laid on a work in the position that fits best: turned, mirrored, as a part of it, framed."""

    agreement: float
    """Of the blocks of the work that show something, the share that is the same in both, 0 to 1."""
    kept: float
    """The same of the work's blocks alone, 0 to 1: what is written over it does not count against it."""
    kept_corners: float
    """``kept`` weighted by how much of a corner is in each block, 0 to 1."""
    blocks: float
    """How many blocks are the same, of 64 in a square work that is shown whole."""
    corners: float
    """How many of those have corners in them: each counts by how much, a straight edge not at all."""
    apart: float
    """Squared difference within those blocks, as a share of what is in them: a copy differs by rounding."""
    of_work: float
    """Share of the work that the upload shows."""
    of_upload: float
    """Share of the upload that shows the work; the rest is a frame, or corners."""
    mirrored: bool
    degrees: float
    """Counter-clockwise turn that leads from the work to the upload."""
    size: float
    """Size of the upload's frame in frames of the work: below 1 it is a part, above 1 it has a border."""
    box: tuple[float, float, float, float]
    """The part of the work that the upload shows: left, top, width, height in shares of the work."""
    told: float = 0.0
    """How many blocks of the work show something in a sketch; where hardly any does, features decide."""
    colours: float = 0.0
    """Share of all that lies on each other, empty ground too, whose colours are the same."""
    features: int = 0
    """Local features of the whole pictures that agree about this position, at different places."""
    features_of_work: float = 0.0
    features_of_upload: float = 0.0
    """They as shares of the work's that the upload would show, and of the upload's that lie on the work."""
    feature_cells: float = 0.0
    """Share of the parts of the work with features that have one which agrees."""
    features_missing: float = 0.0
    """How many more features agree in nearly every copy; above nothing, they speak against one."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How one upload and one picture of the catalogue compare; the policy says what that means."""

    asset_id: str
    title: str
    relation: str
    """``house`` for a generated picture, ``same_contributor`` or ``somebody_else``."""
    exact: bool
    """The files are equal byte by byte."""
    mirrored: bool
    """The mirrored upload fits better than the upload as it is."""
    phash_distance: int
    """Differing bits of the perceptual hashes, 0 to 64, in the better direction."""
    cosine: float
    """Cosine of the image features, −1 to 1."""
    aspect: float
    """How many times one is wider for its height than the other, 1 or more; a resized copy keeps it."""
    difference: float
    """Mean absolute difference when laid on each other, relative to the pictures' own variation; 0 is
    equal.
    """
    worst_block: float
    """Mean absolute difference, 0 to 1, in the worst of 8 × 8 blocks."""
    contrast: float
    """Standard deviation of the fainter one's brightness, 0 to 1; near 0 a picture is nearly empty."""
    laid: Laid | None = None
    """How it lies on the work otherwise than straight; None where straight is the same, or nothing fits."""


@dataclass(frozen=True, slots=True)
class RegistryHit:
    """An entry of the opt-out registry that matches an upload."""

    entry_id: str
    exact: bool
    """Equal bytes."""
    distance: int | None
    """Differing bits of the perceptual hashes; 0 for equal bytes, None where they are far apart."""
    since: datetime
    note: str
    """The registry's own evidence."""
    seen: Mapping[str, Any] = field(default_factory=dict)
    """What laying the entry's picture on the upload showed; empty where the registry has no picture."""


@dataclass(frozen=True, slots=True)
class Review:
    """What a person decided; the machine's verdict stays as it was."""

    id: str
    upload_id: str
    number: int
    """1 for the first decision about the upload, then 2, 3 …"""
    verdict_id: str
    """The machine's verdict beside which it stands."""
    appeal_id: str | None
    """The appeal that it decides; None for a first decision."""
    reviewer_id: str
    outcome: Outcome
    """accept or reject."""
    reason_codes: tuple[str, ...]
    note: str
    decided_at: datetime
