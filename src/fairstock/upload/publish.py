"""Makes an accepted upload a picture of the catalogue, and moves uploads as people decide."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, AssetState, Fingerprint, NewAsset, NewFingerprint
from fairstock.kit.errors import BadInput
from fairstock.kit.objects import ObjectMissing, ObjectStore
from fairstock.party import store as parties
from fairstock.upload import store
from fairstock.upload.model import Traits, Upload, UploadState

LICENSE = "contributor-agreement"
"""Under which the house has what contributors upload."""


WITH_PEOPLE = (UploadState.REVIEW, UploadState.EVIDENCE_WANTED)
"""States in which people have an upload in hand."""


class NotPublishable(BadInput):
    """An upload cannot go where it should as it stands."""

    def __init__(self, upload: Upload, why: str) -> None:
        self.upload_id = upload.id
        super().__init__(
            f"Nothing was changed about the upload {upload.filename!r} ({upload.id}): {why}.",
            remedy="look where it stands; only what passed screening or review is published",
        )


def publish(conn: Connection, objects: ObjectStore, upload_id: str) -> str:
    """Publish an upload that waits, for a verdict, a person or evidence, and return the asset's id.

    The asset carries the fingerprint and features of the look, and the contributor's training consent as it
    stands now; one that the contributor had before, and that went off sale, is on sale again as it was.
    Publishing again changes nothing. Raises UploadNotFound, NotPublishable, ObjectMissing.
    """
    upload = store.get(conn, upload_id)
    if upload.state is UploadState.ACCEPTED and upload.asset_id is not None:
        return upload.asset_id
    if upload.state not in store.UNDECIDED:
        raise NotPublishable(upload, f"it is {upload.state.value}")
    traits = store.traits(conn, [upload_id]).get(upload_id)
    if traits is None:
        raise NotPublishable(upload, "it was not looked at yet")
    (asset_id,) = publish_many(conn, objects, [(upload, traits)])
    return asset_id


def publish_many(conn: Connection, objects: ObjectStore, ready: Sequence[tuple[Upload, Traits]]) -> list[str]:
    """The same for many at once that wait, as they were read in this transaction, with their stored traits;
    ids in the same order. Raises ObjectMissing.
    """
    for upload, _ in ready:
        if not objects.has(upload.sha256):
            raise ObjectMissing(upload.sha256, "the object store")
    licensed = parties.training_licensed(conn, {upload.contributor_id for upload, _ in ready})
    ids = assets.add_many(
        conn,
        [as_asset(upload, traits, licensed=upload.contributor_id in licensed) for upload, traits in ready],
    )
    assets.add_fingerprints(
        conn, [_fingerprint(asset_id, traits) for asset_id, (_, traits) in zip(ids, ready, strict=True)]
    )
    assets.restore(conn, ids)  # some may have been on sale before, by these uploads or earlier ones
    store.mark_published(
        conn, {upload.id: asset_id for asset_id, (upload, _) in zip(ids, ready, strict=True)}
    )
    return ids


def as_asset(upload: Upload, traits: Traits, *, licensed: bool) -> NewAsset:
    """The picture of the catalogue that an upload becomes; ``licensed``: it may be trained on."""
    return NewAsset(
        contributor_id=upload.contributor_id,
        kind=AssetKind.human,
        sha256=upload.sha256,
        mime=traits.mime,
        width=traits.width,
        height=traits.height,
        bytes=upload.size,
        title=upload.title,
        keywords=upload.keywords,
        license=LICENSE,
        source=f"upload {upload.batch}",
        training_consent=licensed,
    )


def _fingerprint(asset_id: str, traits: Traits) -> NewFingerprint:
    hashes = Fingerprint(traits.phash, traits.phash_mirror)
    return NewFingerprint(asset_id, hashes, traits.embedding, traits.embedding_version, traits.local)


def turn_down(conn: Connection, upload_id: str) -> None:
    """Close an upload that people decide about as rejected, after their decision; a no-op where it is
    rejected already.

    What was published goes off sale; licences that were sold stay good. Raises UploadNotFound and
    NotPublishable.
    """
    upload = store.get(conn, upload_id)
    if upload.state is UploadState.REJECTED:
        return
    _move(conn, upload, UploadState.REJECTED, *WITH_PEOPLE, UploadState.ACCEPTED)
    if upload.asset_id is not None:
        assets.withdraw(conn, upload.asset_id, AssetState.taken_down)


def reopen(conn: Connection, upload_id: str) -> None:
    """Let people decide about what was turned down, refused or waits for evidence; it does not go on sale.

    A no-op where people have it already, or where it is on sale. Raises UploadNotFound and NotPublishable.
    """
    upload = store.get(conn, upload_id)
    if upload.state not in {UploadState.REVIEW, UploadState.ACCEPTED}:
        closed = (UploadState.REJECTED, UploadState.REFUSED, UploadState.EVIDENCE_WANTED)
        _move(conn, upload, UploadState.REVIEW, *closed)


def send_back(conn: Connection, objects: ObjectStore, upload_id: str) -> None:
    """Let the gate try again to open what it had refused; the next run of the flow does it.

    Raises UploadNotFound, and NotPublishable for what was not refused, or was too large to be kept.
    """
    upload = store.get(conn, upload_id)
    if upload.refusal is None or upload.state not in WITH_PEOPLE:
        raise NotPublishable(upload, "no appeal about a refusal waits")
    if not objects.has(upload.sha256):
        raise NotPublishable(upload, "it was too large to be kept, so there is nothing to be opened")
    store.send_back(conn, upload_id, after=upload.state)


def ask(conn: Connection, upload_id: str) -> None:
    """Let an upload wait for evidence from its contributor; a no-op where it does, or where it is on sale.

    Raises UploadNotFound and NotPublishable.
    """
    upload = store.get(conn, upload_id)
    if upload.state not in {UploadState.EVIDENCE_WANTED, UploadState.ACCEPTED}:
        _move(conn, upload, UploadState.EVIDENCE_WANTED, UploadState.REVIEW)


def withdraw(conn: Connection, upload_id: str) -> None:
    """Take an upload back for its contributor, off sale where it was on; again is a no-op.

    Raises UploadNotFound, and NotPublishable for what the gate refused or nobody has looked at yet.
    """
    upload = store.get(conn, upload_id)
    if upload.state is UploadState.WITHDRAWN:
        return
    _move(conn, upload, UploadState.WITHDRAWN, *WITH_PEOPLE, UploadState.ACCEPTED, UploadState.REJECTED)
    if upload.asset_id is not None and upload.state is UploadState.ACCEPTED:
        assets.withdraw(conn, upload.asset_id)


def _move(conn: Connection, upload: Upload, to: UploadState, *after: UploadState) -> None:
    if upload.state not in after or not store.mark(conn, upload.id, to, after=upload.state):
        raise NotPublishable(upload, f"it is {upload.state.value} and cannot become {to.value}")
