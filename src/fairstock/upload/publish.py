"""Makes an accepted upload a picture of the catalogue."""

from __future__ import annotations

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, Fingerprint, NewAsset, NewFingerprint
from fairstock.kit.errors import BadInput
from fairstock.kit.objects import ObjectMissing, ObjectStore
from fairstock.party import store as parties
from fairstock.upload import store
from fairstock.upload.model import Traits, Upload, UploadState

LICENSE = "contributor-agreement"
"""Under which the house has what contributors upload."""


class NotPublishable(BadInput):
    """An upload cannot become an asset as it stands."""

    def __init__(self, upload: Upload, why: str) -> None:
        self.upload_id = upload.id
        super().__init__(
            f"The upload {upload.filename!r} ({upload.id}) cannot be published: {why}.",
            remedy="let it pass screening, or review, first",
        )


def publish(conn: Connection, objects: ObjectStore, upload_id: str) -> str:
    """Publish an upload that waits, for a verdict, a person or evidence, and return the asset's id.

    The asset carries the fingerprint and features of the look, and the contributor's training consent as it
    stands now. Publishing again changes nothing. Raises UploadNotFound, NotPublishable, ObjectMissing.
    """
    upload = store.get(conn, upload_id)
    if upload.state is UploadState.ACCEPTED and upload.asset_id is not None:
        return upload.asset_id
    if upload.state not in store.UNDECIDED:
        raise NotPublishable(upload, f"it is {upload.state.value}")
    traits = store.traits(conn, [upload_id]).get(upload_id)
    if traits is None:
        raise NotPublishable(upload, "it was not looked at yet")
    if not objects.has(upload.sha256):
        raise ObjectMissing(upload.sha256, "the object store")
    asset_id = assets.add(conn, _asset(conn, upload, traits))
    hashes = Fingerprint(traits.phash, traits.phash_mirror)
    assets.add_fingerprint(conn, NewFingerprint(asset_id, hashes, traits.embedding, traits.embedding_version))
    store.mark_published(conn, upload_id, asset_id)
    return asset_id


def _asset(conn: Connection, upload: Upload, traits: Traits) -> NewAsset:
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
        training_consent=bool(parties.training_licensed(conn, [upload.contributor_id])),
    )


def turn_down(conn: Connection, upload_id: str) -> None:
    """Close an upload that people decide about as rejected, after their decision; a no-op where it is
    rejected already.

    Raises UploadNotFound and NotPublishable.
    """
    upload = store.get(conn, upload_id)
    if upload.state is UploadState.REJECTED:
        return
    waiting = (UploadState.REVIEW, UploadState.EVIDENCE_WANTED)
    if not any(store.mark(conn, upload_id, UploadState.REJECTED, after=state) for state in waiting):
        raise NotPublishable(upload, f"it is {upload.state.value}, not under review")
