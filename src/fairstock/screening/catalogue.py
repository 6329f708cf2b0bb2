"""Compares uploads with the catalogue: a few candidates by hash and features for a whole batch at once, then
each laid on the upload.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import EMBEDDING_DIMENSIONS, Asset, AssetKind, Fingerprint
from fairstock.asset.rules import distance
from fairstock.screening.copies import Comparison, compare_many
from fairstock.screening.model import Laid, Likeness
from fairstock.screening.overlay import Held, Plates, lay_nearest
from fairstock.screening.policy import Policy

SketchSource = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Gives the sketches (64 × 64 RGB) of stored files by their digests; files that cannot be opened are missing.
"""
_EQUAL, _EQUAL_BLOCK, _EQUAL_ASPECT = 0.35, 0.06, 1.05
"""Below these, pictures are equal as they are; the policy's numbers for proof."""


class Traits(Protocol):
    """What is known of an upload's picture."""

    @property
    def width(self) -> int:
        """Pixels."""
        ...

    @property
    def height(self) -> int:
        """Pixels."""
        ...

    @property
    def phash(self) -> int:
        """Perceptual hash, signed 64 bits."""
        ...

    @property
    def phash_mirror(self) -> int:
        """The same of the mirror image."""
        ...

    @property
    def embedding(self) -> Sequence[float]:
        """Unit feature vector."""
        ...

    @property
    def embedding_version(self) -> str:
        """Which model made it."""
        ...

    @property
    def sketch(self) -> bytes:
        """64 × 64 RGB."""
        ...


@dataclass(frozen=True, slots=True)
class Subject:
    """The upload that is compared."""

    contributor_id: str
    sha256: str
    traits: Traits


@dataclass(frozen=True, slots=True)
class Known:
    """What finds a picture among the candidates of others."""

    hashes: Fingerprint
    embedding: Sequence[float]
    embedding_version: str

    @classmethod
    def of(cls, traits: Traits) -> Known:
        """Of an upload."""
        hashes = Fingerprint(traits.phash, traits.phash_mirror)
        return cls(hashes, traits.embedding, traits.embedding_version)


@dataclass(slots=True)
class Neighbourhood:
    """The works that could be the same as uploads of one batch: found for all of them at once, and those that
    were published since.
    """

    policy: Policy
    cosines: dict[str, dict[str, float]]
    """Digest of an upload → id of a candidate → cosine of their features."""
    works: dict[str, Asset]
    hashes: dict[str, Fingerprint]
    """Of the works, by their ids."""
    published: list[tuple[Asset, Known]] = field(default_factory=list)

    def learn(self, work: Asset, known: Known) -> None:
        """A work was published meanwhile: the subjects that follow are compared with it too."""
        self.works[work.id] = work
        self.hashes[work.id] = known.hashes
        self.published.append((work, known))

    def candidates(self, subject: Subject) -> dict[str, float]:
        """Asset id → cosine of what a subject has to be compared with."""
        near = dict(self.cosines[subject.sha256])
        for work, other in self.published:
            cosine = _cosine(subject.traits, other)
            alike = min(
                distance(each, other.hashes.phash)
                for each in (subject.traits.phash, subject.traits.phash_mirror)
            )
            close = cosine >= self.policy.candidate_cosine or alike <= self.policy.phash_radius
            if close or work.sha256 == subject.sha256:
                near[work.id] = cosine
        return near


def neighbourhood(conn: Connection, subjects: Sequence[Subject], policy: Policy) -> Neighbourhood:
    """Everything in the catalogue that the subjects have to be compared with, in a few statements."""
    cosines: dict[str, dict[str, float]] = {each.sha256: {} for each in subjects}
    for kind in AssetKind:
        for version in sorted({each.traits.embedding_version for each in subjects}):
            asked = [each for each in subjects if each.traits.embedding_version == version]
            vectors = [each.traits.embedding for each in asked]
            rows = assets.nearest_many(conn, vectors, limit=policy.candidates, kind=kind, version=version)
            for subject, row in zip(asked, rows, strict=True):
                near = {identity: cosine for identity, cosine in row if cosine >= policy.candidate_cosine}
                cosines[subject.sha256] |= near
    _add_hashed(conn, subjects, policy, cosines)
    for sha256, ids in assets.ids_by_sha(conn, cosines).items():
        cosines[sha256] |= dict.fromkeys(ids, 1.0)
    wanted = sorted({identity for near in cosines.values() for identity in near})
    works = {work.id: work for work in assets.many(conn, wanted)}
    return Neighbourhood(policy, cosines, works, assets.fingerprints(conn, wanted))


def _add_hashed(
    conn: Connection, subjects: Sequence[Subject], policy: Policy, cosines: dict[str, dict[str, float]]
) -> None:
    """Candidates by hash, each with the cosine of its features, 0 where it has none of the same version."""
    asked = [Fingerprint(each.traits.phash, each.traits.phash_mirror) for each in subjects]
    matches = assets.within_many(conn, asked, policy.phash_radius)
    new = [
        [match.asset_id for match in row[: policy.candidates] if match.asset_id not in cosines[each.sha256]]
        for each, row in zip(subjects, matches, strict=True)
    ]
    vectors = assets.embeddings(conn, sorted({identity for row in new for identity in row}))
    for subject, row in zip(subjects, new, strict=True):
        for identity in row:
            vector = vectors.get(identity, [0.0] * EMBEDDING_DIMENSIONS)
            cosines[subject.sha256][identity] = float(np.dot(subject.traits.embedding, vector))


def likenesses(subject: Subject, near: Neighbourhood, sketches: SketchSource) -> list[Likeness]:
    """The catalogue's pictures that could be the same as an upload, each compared with it, most alike
    first.

    Works that are not the same straight away are laid on it in any position, the nearest by features only.
    """
    cosines, policy = near.candidates(subject), near.policy
    works = [near.works[identity] for identity in cosines if identity in near.works]
    works.sort(key=lambda work: (-cosines[work.id], work.id))
    drawn = sketches([work.sha256 for work in works])
    works = [work for work in works if work.sha256 in drawn]
    laid_straight = compare_many(subject.traits.sketch, [drawn[work.sha256] for work in works])
    alike = [
        _straight(subject, work, near.hashes.get(work.id), cosines[work.id], straight)
        for work, straight in zip(works, laid_straight, strict=True)
    ]
    laid = _laid(subject, near, drawn, alike)
    alike = [replace(each, laid=laid.get(each.asset_id)) for each in alike]
    return sorted((each for each in alike if _noted(each, policy)), key=_order)


def _laid(
    subject: Subject, near: Neighbourhood, drawn: Mapping[str, bytes], alike: Sequence[Likeness]
) -> dict[str, Laid]:
    """Asset id → how the upload lies on it; nothing where it is the same as a work straight away."""
    if any(_same(each) for each in alike):
        return {}
    tried = [near.works[each.asset_id] for each in alike if each.cosine >= near.policy.laid_cosine]
    if not tried:
        return {}
    held = Held(Plates(subject.traits.sketch, subject.traits.width, subject.traits.height))
    plates = [Plates(drawn[work.sha256], work.width, work.height) for work in tried]
    found = zip(tried, lay_nearest(held, plates, near.policy.laid), strict=True)
    return {work.id: laid for work, laid in found if laid is not None}


def _same(straight: Likeness) -> bool:
    """Whether the pictures are equal as they are, so that no other position needs to be tried."""
    return straight.exact or (
        straight.difference <= _EQUAL
        and straight.worst_block <= _EQUAL_BLOCK
        and straight.aspect <= _EQUAL_ASPECT
    )


def _noted(likeness: Likeness, policy: Policy) -> bool:
    agrees = _agreement(likeness) >= policy.noted_agreement
    return likeness.exact or likeness.difference <= policy.noted_difference or agrees


def _order(likeness: Likeness) -> tuple[bool, float, str]:
    apart = min(likeness.difference, 1.0 - _agreement(likeness))
    return not likeness.exact, apart, likeness.asset_id


def _agreement(likeness: Likeness) -> float:
    """How far the two agree where one lies on the other, or as much of the work as is not written over."""
    return max(likeness.laid.agreement, likeness.laid.kept) if likeness.laid else 0.0


def _straight(
    subject: Subject, work: Asset, hashes: Fingerprint | None, cosine: float, laid: Comparison
) -> Likeness:
    traits = subject.traits
    mine = traits.phash_mirror if laid.mirrored else traits.phash
    stretch = (traits.width / traits.height) / (work.width / work.height)
    return Likeness(
        asset_id=work.id,
        title=work.title,
        relation=_relation(work, subject.contributor_id),
        exact=work.sha256 == subject.sha256,
        mirrored=laid.mirrored,
        phash_distance=distance(mine, hashes.phash) if hashes else 64,
        cosine=cosine,
        aspect=max(stretch, 1 / stretch),
        difference=laid.difference,
        worst_block=laid.worst_block,
        contrast=laid.contrast,
    )


def _relation(asset: Asset, contributor_id: str) -> str:
    if asset.kind is AssetKind.generated:
        return "house"
    return "same_contributor" if asset.contributor_id == contributor_id else "somebody_else"


def _cosine(one: Traits, other: Known) -> float:
    """Of the features, 0 where two models made them."""
    if one.embedding_version != other.embedding_version:
        return 0.0
    return float(np.dot(one.embedding, other.embedding))
