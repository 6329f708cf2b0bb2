"""Uploads of a batch laid on what catalogue and registry hold, before the house is locked for judging.

Laying pictures on each other takes most of the time of judging, and only one batch may be judged at a time.
So it is done once without any lock or transaction, by the catalogue as it stands; under the lock only works
that have come since are added, and only what has other candidates by then is laid anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from fairstock.asset import store as assets
from fairstock.bootstrap import App
from fairstock.db.transaction import Connection
from fairstock.screening import policy, registry
from fairstock.screening.candidates import Known, Neighbourhood, Subject, neighbourhood
from fairstock.screening.catalogue import likenesses, order
from fairstock.screening.model import Likeness, RegistryHit
from fairstock.upload import store as uploads
from fairstock.upload.model import Traits, Upload
from flows._optouts import listed_near, named_in_registry

MARGIN = timedelta(hours=1)
"""A work is dated by the beginning of its transaction, and seen at its end: none takes longer than this."""


class Comparisons:
    """Remembers what was compared with what."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._known: dict[tuple[str, str], dict[str, Likeness | None]] = {}
        self._listed: dict[str, list[RegistryHit]] = {}
        self._since = app.clock.now()
        self._there: set[str] = set()
        self._near: Neighbourhood | None = None
        self._traits: dict[str, Traits] = {}

    def prepare(self, upload_ids: Sequence[str]) -> None:
        """Compare those that wait with the catalogue as it stands."""
        with self._app.transaction() as conn:
            waiting = uploads.waiting(conn, upload_ids)
            traits = self._traits = uploads.traits(conn, [upload.id for upload in waiting])
            subjects = [subject_of(upload, traits) for upload in waiting if upload.id in traits]
            self._since = assets.now(conn) - MARGIN
            self._there = set(assets.added_since(conn, self._since))
            near = self._near = self._asked(conn, subjects)
            listed = listed_near(conn, self._app, waiting, traits)
        for subject in subjects:
            self.likenesses(subject, near)
        for upload_id, works in listed.items():
            self._listed[upload_id] = registry.hits(traits[upload_id], works, policy.shipped())

    def traits(self, conn: Connection, waiting: Sequence[Upload]) -> dict[str, Traits]:
        """What is known of the pictures, by the ids of the uploads; once known, it stays."""
        new = [upload.id for upload in waiting if upload.id not in self._traits]
        return self._traits | (uploads.traits(conn, new) if new else {})

    def opted_out(
        self, conn: Connection, waiting: Sequence[Upload], traits: Mapping[str, Traits]
    ) -> dict[str, list[RegistryHit]]:
        """Upload id → entries of the opt-out registry that name it now, or whose pictures are alike."""
        named = named_in_registry(conn, waiting, traits)
        return {each: registry.joined(hits, self._listed.get(each, ())) for each, hits in named.items()}

    def neighbours(self, conn: Connection, subjects: Sequence[Subject]) -> Neighbourhood:
        """What the subjects have to be compared with now: what was there before, and what has come since."""
        near = self._near
        if near is None or any(each.sha256 not in near.cosines for each in subjects):
            return self._asked(conn, subjects)
        new = [each for each in assets.added_since(conn, self._since) if each not in self._there]
        version = self._app.features.version
        vectors, hashes = assets.embeddings(conn, new, version), assets.fingerprints(conn, new)
        parts = assets.local_of(conn, new)
        works = assets.many(conn, [each for each in new if each in vectors and each in hashes])
        self._app.sketches.learn(uploads.sketches(conn, [work.sha256 for work in works]))
        for work in works:
            near.learn(work, Known(hashes[work.id], vectors[work.id], version, parts.get(work.id)))
        return near

    def _asked(self, conn: Connection, subjects: Sequence[Subject]) -> Neighbourhood:
        """The whole catalogue asked; sketches of uploads are learnt by the way."""
        near = neighbourhood(conn, subjects, policy.shipped())
        digests = [*(work.sha256 for work in near.works.values()), *(each.sha256 for each in subjects)]
        self._app.sketches.learn(uploads.sketches(conn, digests))
        return near

    def likenesses(self, subject: Subject, near: Neighbourhood) -> list[Likeness]:
        """How a subject compares with its candidates; those that have come since the last time are compared
        now.
        """
        known = self._known.setdefault((subject.contributor_id, subject.sha256), {})
        wanted = sorted(near.candidates(subject))
        new = [identity for identity in wanted if identity not in known]
        if new:
            found = likenesses(subject, near, self._app.sketches.of, new)
            known.update({**dict.fromkeys(new), **{each.asset_id: each for each in found}})
        return sorted((each for name in wanted if (each := known[name]) is not None), key=order)


def subject_of(upload: Upload, traits: dict[str, Traits]) -> Subject:
    """An upload as the catalogue's comparisons see it."""
    return Subject(upload.contributor_id, upload.sha256, traits[upload.id])
