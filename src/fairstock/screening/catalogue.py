"""Compares an upload with the catalogue: a few candidates by hash and features, then each laid on the upload."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetKind
from fairstock.asset.rules import distance
from fairstock.screening.copies import compare
from fairstock.screening.model import Likeness
from fairstock.screening.policy import Policy

SketchSource = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Gives the sketches (64 × 64 RGB) of stored files by their digests; files that cannot be opened are missing."""


class Traits(Protocol):
    """What is known of an upload's picture."""

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


def likenesses(
    conn: Connection, traits: Traits, *, sha256: str, contributor_id: str, sketches: SketchSource, policy: Policy
) -> list[Likeness]:
    """The catalogue's pictures that could be the same as an upload, each compared with it, the most alike first."""
    near = _candidates(conn, traits, sha256, policy)
    found = assets.many(conn, near)
    drawn = sketches([asset.sha256 for asset in found])
    stored = assets.embeddings(conn, near)
    alike = []
    for asset in found:
        sketch = traits.sketch if asset.sha256 == sha256 else drawn.get(asset.sha256)
        if sketch is not None:
            cosine = near[asset.id] if near[asset.id] is not None else _cosine(traits.embedding, stored.get(asset.id))
            alike.append(_likeness(conn, traits, asset, sha256, contributor_id, sketch, cosine or 0.0))
    return sorted(alike, key=lambda each: (not each.exact, each.difference, each.asset_id))


def _candidates(conn: Connection, traits: Traits, sha256: str, policy: Policy) -> dict[str, float | None]:
    """Asset id → cosine (None where only the hash is close): equal files first, then features, then hashes."""
    near: dict[str, float | None] = {asset.id: 1.0 for asset in assets.by_sha(conn, sha256)}
    for kind in AssetKind:
        neighbours = assets.nearest(
            conn, traits.embedding, limit=policy.candidates, kind=kind, version=traits.embedding_version
        )
        for asset_id, cosine in neighbours:
            if cosine >= policy.candidate_cosine:
                near.setdefault(asset_id, cosine)
    for asset_id, _, _ in assets.within(conn, traits.phash, policy.phash_radius)[: policy.candidates]:
        near.setdefault(asset_id, None)
    return near


def _likeness(
    conn: Connection,
    traits: Traits,
    asset: Asset,
    sha256: str,
    contributor_id: str,
    sketch: bytes,
    cosine: float,
) -> Likeness:
    laid = compare(traits.sketch, sketch)
    stored = assets.fingerprint_of(conn, asset.id)
    mine = traits.phash_mirror if laid.mirrored else traits.phash
    return Likeness(
        asset_id=asset.id,
        title=asset.title,
        relation=_relation(asset, contributor_id),
        exact=asset.sha256 == sha256,
        mirrored=laid.mirrored,
        phash_distance=distance(mine, stored.phash) if stored else 64,
        cosine=cosine,
        difference=laid.difference,
        contrast=laid.contrast,
    )


def _relation(asset: Asset, contributor_id: str) -> str:
    if asset.kind is AssetKind.generated:
        return "house"
    return "same_contributor" if asset.contributor_id == contributor_id else "somebody_else"


def _cosine(one: Sequence[float], other: Sequence[float] | None) -> float:
    return 0.0 if other is None else sum(a * b for a, b in zip(one, other, strict=True))
