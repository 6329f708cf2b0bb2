"""Uploads compared with the opt-out registry, by digest, hash and picture; and how it learns what its works
look like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairstock.asset import store as assets
from fairstock.bootstrap import App
from fairstock.db.transaction import Connection
from fairstock.optout import store as optouts
from fairstock.optout.model import Candidate, Looks
from fairstock.screening import local, policy
from fairstock.screening.model import RegistryHit
from fairstock.screening.registry import Listed
from fairstock.upload.model import Traits, Upload

_PART = 500


def learn_looks(app: App) -> int:
    """Let entries that name a work of the catalogue by its digest know its picture; returns how many do now.

    Features are taken from the catalogue. Entries about files that we never had are known by digest and hash
    alone, until the very file is sent (``named_in_registry``).
    """
    version, learnt = app.features.version, 0
    with app.transaction() as conn:
        lacking = list(optouts.without_looks(conn, version).items())
    for start in range(0, len(lacking), _PART):
        entries = dict(lacking[start : start + _PART])
        with app.transaction() as conn:
            known = assets.ids_by_sha(conn, set(entries.values()))
            works = {work.sha256: work for work in assets.many(conn, [ids[0] for ids in known.values()])}
            vectors = assets.embeddings(conn, [work.id for work in works.values()], version)
            parts = assets.local_of(conn, [work.id for work in works.values()])
        sketches = app.sketches.of(works)
        looks = {
            entry: Looks(
                work.width, work.height, vectors[work.id], version, sketches[digest], parts.get(work.id)
            )
            for entry, digest in entries.items()
            if (work := works.get(digest)) and work.id in vectors and digest in sketches
        }
        with app.transaction() as conn:
            optouts.add_looks(conn, looks)
        learnt += len(looks)
    _learn_parts(app)
    return learnt


def _learn_parts(app: App) -> None:
    """Let entries know the local features that the catalogue has meanwhile of their works."""
    with app.transaction() as conn:
        lacking = list(optouts.without_local(conn, local.VERSION).items())
    for start in range(0, len(lacking), _PART):
        entries = dict(lacking[start : start + _PART])
        with app.transaction() as conn:
            known = assets.ids_by_sha(conn, set(entries.values()))
            parts = assets.local_of(conn, [ids[0] for ids in known.values()])
            found = {
                entry: parts.get(known[digest][0]) for entry, digest in entries.items() if digest in known
            }
            optouts.add_local(
                conn, {entry: each for entry, each in found.items() if each and each.version == local.VERSION}
            )


def listed_near(
    conn: Connection, app: App, waiting: Sequence[Upload], traits: Mapping[str, Traits]
) -> dict[str, list[Listed]]:
    """Upload id → works of the registry whose features are near, or that share words, to be laid on it."""
    asked = [upload.id for upload in waiting if upload.id in traits]
    rules, version = policy.shipped(), app.features.version
    vectors = [traits[upload_id].embedding for upload_id in asked]
    near = optouts.near_many(conn, vectors, version, limit=rules.candidates, least=rules.laid_cosine)
    words = [local.asked(traits[upload_id].local) for upload_id in asked]
    sharing = optouts.sharing_many(conn, words, local.VERSION, limit=rules.sharing, least=rules.shared_words)
    named = {each.id for row in near for each in row} | {each.id for row in sharing for each, _ in row}
    packed = optouts.local_features(conn, named, local.VERSION)
    listed: dict[str, list[Listed]] = {}
    for upload_id, by_features, by_words in zip(asked, near, sharing, strict=True):
        ranks = {each.id: rank for rank, (each, _) in enumerate(by_words)}
        there = {each.id: each for each in (*(each for each, _ in by_words), *by_features)}
        listed[upload_id] = [
            _listed(each, ranks.get(each.id), packed.get(each.id)) for each in there.values()
        ]
    return listed


def named_in_registry(
    conn: Connection, waiting: Sequence[Upload], traits: Mapping[str, Traits]
) -> dict[str, list[RegistryHit]]:
    """Upload id → entries that name it by its bytes or its hash. An entry that names the very file learns
    from it what its work looks like.
    """
    asked = [(upload.sha256, traits[upload.id].phash, traits[upload.id].phash_mirror) for upload in waiting]
    found = dict(zip((upload.id for upload in waiting), optouts.match_many(conn, asked), strict=True))
    optouts.add_looks(
        conn,
        {
            each.id: _looks(traits[upload_id])
            for upload_id, matches in found.items()
            for each in matches
            if each.exact
        },
    )
    return {
        upload_id: [
            RegistryHit(each.id, each.exact, each.distance, each.since, each.evidence) for each in matches
        ]
        for upload_id, matches in found.items()
    }


def _looks(traits: Traits) -> Looks:
    return Looks(
        traits.width,
        traits.height,
        traits.embedding,
        traits.embedding_version,
        traits.sketch,
        traits.local,
    )


def _listed(found: Candidate, by_words: int | None, packed: bytes | None) -> Listed:
    looks = found.looks
    return Listed(
        entry_id=found.id,
        since=found.since,
        note=found.evidence,
        width=looks.width,
        height=looks.height,
        sketch=looks.sketch,
        cosine=found.cosine,
        by_words=by_words,
        packed=packed,
    )
