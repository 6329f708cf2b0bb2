"""Uploads of a batch laid on what catalogue and registry hold, before the house is locked for judging.

Laying pictures on each other takes most of the time of judging, and only one batch may be judged at a time.
So it is done once without any lock or transaction, by the catalogue as it stands; under the lock the
catalogue is asked again, and only what has other candidates by then is laid anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from fairstock.bootstrap import App
from fairstock.db.transaction import Connection
from fairstock.screening import policy, registry
from fairstock.screening.catalogue import Neighbourhood, Subject, likenesses, neighbourhood
from fairstock.screening.model import Likeness, RegistryHit
from fairstock.upload import store as uploads
from fairstock.upload.model import Traits, Upload
from flows._optouts import listed_near, named_in_registry


class Comparisons:
    """Remembers what was compared with what."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._known: dict[tuple[str, str, frozenset[str]], list[Likeness]] = {}
        self._listed: dict[str, list[RegistryHit]] = {}

    def prepare(self, upload_ids: Sequence[str]) -> None:
        """Compare those that wait with the catalogue as it stands."""
        with self._app.transaction() as conn:
            waiting = uploads.waiting(conn, upload_ids)
            traits = uploads.traits(conn, [upload.id for upload in waiting])
            subjects = [subject_of(upload, traits) for upload in waiting if upload.id in traits]
            near = self.neighbours(conn, subjects)
            listed = listed_near(conn, self._app, waiting, traits)
        for subject in subjects:
            self.likenesses(subject, near)
        for upload_id, works in listed.items():
            self._listed[upload_id] = registry.hits(traits[upload_id], works, policy.shipped())

    def opted_out(self, conn: Connection, upload: Upload, traits: Traits) -> list[RegistryHit]:
        """Entries of the opt-out registry that name the upload now, or whose pictures were found alike."""
        return registry.joined(named_in_registry(conn, upload, traits), self._listed.get(upload.id, ()))

    def neighbours(self, conn: Connection, subjects: Sequence[Subject]) -> Neighbourhood:
        """What the subjects have to be compared with now; sketches of uploads are learnt by the way."""
        near = neighbourhood(conn, subjects, policy.shipped())
        digests = [*(work.sha256 for work in near.works.values()), *(each.sha256 for each in subjects)]
        self._app.sketches.learn(uploads.sketches(conn, digests))
        return near

    def likenesses(self, subject: Subject, near: Neighbourhood) -> list[Likeness]:
        """How a subject compares with its candidates; laid only if these candidates are new."""
        key = (subject.contributor_id, subject.sha256, frozenset(near.candidates(subject)))
        if key not in self._known:
            self._known[key] = likenesses(subject, near, self._app.sketches.of)
        return self._known[key]


def subject_of(upload: Upload, traits: dict[str, Traits]) -> Subject:
    """An upload as the catalogue's comparisons see it."""
    return Subject(upload.contributor_id, upload.sha256, traits[upload.id])
