"""Which works an upload has to be compared with: by bytes, features, hash and shared words, for a whole batch
in a few statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetKind, Fingerprint, LocalFeatures
from fairstock.asset.rules import distance
from fairstock.screening import local
from fairstock.screening.overlay import Local
from fairstock.screening.policy import Policy


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

    @property
    def local(self) -> LocalFeatures | None:
        """What its parts look like; None where nobody has looked."""
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
    local: LocalFeatures | None

    @classmethod
    def of(cls, traits: Traits) -> Known:
        """Of an upload."""
        hashes = Fingerprint(traits.phash, traits.phash_mirror)
        return cls(hashes, traits.embedding, traits.embedding_version, traits.local)


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
    shared: dict[str, dict[str, int]] = field(default_factory=dict)
    """Digest of an upload → id of a candidate that shares words with it, likeliest first → how many words."""
    asked: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Digest of an upload → the words by which works are sought."""
    packed: dict[str, bytes] = field(default_factory=dict)
    """Local features of works, of the present version, by their ids."""
    published: list[tuple[Asset, Known]] = field(default_factory=list)
    vectors: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    """Features of those, by their ids."""

    def learn(self, work: Asset, known: Known) -> None:
        """A work was published meanwhile: the subjects that follow are compared with it too."""
        self.works[work.id] = work
        self.hashes[work.id] = known.hashes
        if known.local is not None and known.local.version == local.VERSION:
            self.packed[work.id] = known.local.packed
        self.published.append((work, known))
        self.vectors[work.id] = np.asarray(known.embedding)

    def candidates(self, subject: Subject) -> dict[str, float]:
        """Asset id → cosine of what a subject has to be compared with."""
        near = dict(self.cosines[subject.sha256])
        mine, shared = np.asarray(subject.traits.embedding), self.sharing(subject)
        for work, other in self.published:
            same_model = subject.traits.embedding_version == other.embedding_version
            cosine = float(mine @ self.vectors[work.id]) if same_model else 0.0
            alike = min(
                distance(each, other.hashes.phash)
                for each in (subject.traits.phash, subject.traits.phash_mirror)
            )
            close = cosine >= self.policy.candidate_cosine or alike <= self.policy.phash_radius
            if close or work.sha256 == subject.sha256 or work.id in shared:
                near[work.id] = cosine
        return near

    def local_of(self, asset_id: str) -> Local | None:
        """A candidate's local features, where any are kept of the present version."""
        return local.read(self.packed.get(asset_id))

    def sharing(self, subject: Subject) -> Mapping[str, int]:
        """Asset id → words in common, of the candidates that have enough of them: the likeliest first, the
        catalogue's and those that were published since by turns.
        """
        shared, published = self.shared.get(subject.sha256, {}), dict[str, int]()
        asked = set(self.asked.get(subject.sha256, ()))
        for work, other in self.published if asked else ():
            if other.local is not None and other.local.version == local.VERSION:
                common = len(asked.intersection(other.local.words))
                if common >= self.policy.shared_words:
                    published[work.id] = common
        latest = sorted(published, key=lambda identity: (-published[identity], identity))
        return {each: published.get(each) or shared[each] for each in by_turns(list(shared), latest)}


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
    words = {each.sha256: local.asked(each.traits.local) for each in subjects}
    shared = _sharing(conn, words, policy)
    _add_others(conn, subjects, _hashed(conn, subjects, policy), cosines)
    _add_others(conn, subjects, [list(shared[each.sha256]) for each in subjects], cosines)
    for sha256, ids in assets.ids_by_sha(conn, cosines).items():
        cosines[sha256] |= dict.fromkeys(ids, 1.0)
    wanted = sorted({identity for near in cosines.values() for identity in near})
    return Neighbourhood(
        policy,
        cosines,
        {work.id: work for work in assets.many(conn, wanted)},
        assets.fingerprints(conn, wanted),
        shared,
        words,
        assets.local_features(conn, wanted, local.VERSION),
    )


def _sharing(
    conn: Connection, words: Mapping[str, Sequence[int]], policy: Policy
) -> dict[str, dict[str, int]]:
    """Digest → works that share words with it, and how many."""
    found = assets.sharing_many(
        conn, list(words.values()), local.VERSION, limit=policy.sharing, least=policy.shared_words
    )
    return {sha256: dict(row) for sha256, row in zip(words, found, strict=True)}


def _hashed(conn: Connection, subjects: Sequence[Subject], policy: Policy) -> list[list[str]]:
    asked = [Fingerprint(each.traits.phash, each.traits.phash_mirror) for each in subjects]
    matches = assets.within_many(conn, asked, policy.phash_radius)
    return [[match.asset_id for match in row[: policy.candidates]] for row in matches]


def _add_others(
    conn: Connection,
    subjects: Sequence[Subject],
    found: Sequence[Sequence[str]],
    cosines: dict[str, dict[str, float]],
) -> None:
    """Add what other searches found, with the cosine of its features, 0 where it has none."""
    new = [
        [identity for identity in row if identity not in cosines[each.sha256]]
        for each, row in zip(subjects, found, strict=True)
    ]
    known = assets.cosines_many(conn, [each.traits.embedding for each in subjects], new)
    for subject, row, near in zip(subjects, new, known, strict=True):
        cosines[subject.sha256] |= {identity: near.get(identity, 0.0) for identity in row}


def by_turns(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """The names of two orders by turns, the first of each first, each name once."""
    turns = chain.from_iterable(zip_longest(one, other))
    return list(dict.fromkeys(each for each in turns if each is not None))
