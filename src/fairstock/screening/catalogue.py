"""Compares an upload with the catalogue: a few candidates by hash and features, then each laid on the
upload.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetKind, Fingerprint
from fairstock.asset.rules import distance
from fairstock.screening.copies import compare
from fairstock.screening.model import Likeness
from fairstock.screening.policy import Policy

SketchSource = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Gives the sketches (64 × 64 RGB) of stored files by their digests; files that cannot be opened are missing.
"""


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


def likenesses(conn: Connection, subject: Subject, sketches: SketchSource, policy: Policy) -> list[Likeness]:
    """The catalogue's pictures that could be the same as an upload, each compared with it, most alike
    first.
    """
    cosines = _candidates(conn, subject, policy)
    found = assets.many(conn, cosines)
    drawn = sketches([asset.sha256 for asset in found])
    alike = [
        _likeness(conn, subject, asset, drawn[asset.sha256], cosines[asset.id])
        for asset in found
        if asset.sha256 in drawn
    ]
    near = [each for each in alike if each.exact or each.difference <= policy.noted_difference]
    return sorted(near, key=lambda each: (not each.exact, each.difference, each.asset_id))


def _candidates(conn: Connection, subject: Subject, policy: Policy) -> dict[str, float]:
    """Asset id → cosine: the equal files, the nearest by features of either kind, the nearest by hash."""
    traits = subject.traits
    near = {asset.id: 1.0 for asset in assets.by_sha(conn, subject.sha256)}
    for kind in AssetKind:
        neighbours = assets.nearest(
            conn, traits.embedding, limit=policy.candidates, kind=kind, version=traits.embedding_version
        )
        near |= {asset_id: cosine for asset_id, cosine in neighbours if cosine >= policy.candidate_cosine}
    hashed = assets.within(conn, Fingerprint(traits.phash, traits.phash_mirror), policy.phash_radius)[
        : policy.candidates
    ]
    unknown = [match.asset_id for match in hashed if match.asset_id not in near]
    for asset_id, vector in assets.embeddings(conn, unknown).items():
        near[asset_id] = sum(mine * other for mine, other in zip(traits.embedding, vector, strict=True))
    return near


def _likeness(conn: Connection, subject: Subject, asset: Asset, sketch: bytes, cosine: float) -> Likeness:
    traits, stored = subject.traits, assets.fingerprint_of(conn, asset.id)
    laid = compare(traits.sketch, sketch)
    mine = traits.phash_mirror if laid.mirrored else traits.phash
    stretch = (traits.width / traits.height) / (asset.width / asset.height)
    return Likeness(
        asset_id=asset.id,
        title=asset.title,
        relation=_relation(asset, subject.contributor_id),
        exact=asset.sha256 == subject.sha256,
        mirrored=laid.mirrored,
        phash_distance=distance(mine, stored.phash) if stored else 64,
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
