"""Use case: enter the finished pictures of a request into the catalogue, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, NewAsset, NewFingerprint
from fairstock.generation import store
from fairstock.generation.model import FinishedPicture, GeneratedImage, Order, Request, RequestState
from fairstock.generation.rules import keywords_of
from fairstock.kit.clock import Clock
from fairstock.kit.errors import Inconsistent
from fairstock.provenance import store as marks


class NotAccepted(Inconsistent):
    """Pictures were made for a request that may not have any."""

    def __init__(self, request: Request) -> None:
        super().__init__(
            f"The request {request.id} is {request.state.value}; its pictures cannot be entered.",
            remedy="make pictures only for requests that are pending",
        )


def fulfil(
    conn: Connection,
    request_id: str,
    pictures: Sequence[FinishedPicture],
    *,
    release_id: str,
    clock: Clock,
) -> list[str]:
    """The ids of the request's assets, in order; where another run was faster, the ids of what that run
    entered.

    Raises ``RequestNotFound`` and ``NotAccepted``.
    """
    request = store.get(conn, request_id, lock=True)
    if request.state is RequestState.done:
        return store.asset_ids(conn, request_id)
    if request.state is not RequestState.pending:
        raise NotAccepted(request)
    order, private = request.order, _is_private(conn, request.order)
    ids = assets.add_many(conn, [_asset(request_id, order, each, private=private) for each in pictures])
    rows = list(zip(ids, pictures, strict=True))
    assets.add_fingerprints(conn, [_fingerprint(asset_id, picture) for asset_id, picture in rows])
    parent = order.parent_asset_id
    images = [_image(asset_id, request_id, release_id, picture, parent) for asset_id, picture in rows]
    store.add_images(conn, images)
    marks.add_marks(conn, {asset_id: picture.mark for asset_id, picture in rows}, clock.now())
    store.set_state(conn, request_id, RequestState.done, at=clock.now(), release_id=release_id)
    return ids


def give_up(conn: Connection, request_id: str, failure: str, clock: Clock) -> None:
    """Note that a pending request failed for good and why; other states stay as they are."""
    if store.get(conn, request_id, lock=True).state is RequestState.pending:
        store.set_state(conn, request_id, RequestState.failed, at=clock.now(), failure=failure)


def _asset(request_id: str, order: Order, picture: FinishedPicture, *, private: bool) -> NewAsset:
    return NewAsset(
        contributor_id=None,
        kind=AssetKind.generated,
        sha256=picture.sha256,
        mime=picture.mime,
        width=picture.width,
        height=picture.height,
        bytes=picture.bytes,
        title=order.prompt or "Variation",
        keywords=keywords_of(order.prompt),
        license="house",
        source=f"generation:{request_id}",
        training_consent=False,
        private_to=order.buyer_id if private else None,
    )


def _fingerprint(asset_id: str, picture: FinishedPicture) -> NewFingerprint:
    prints, version = picture.fingerprint, picture.embedding_version
    return NewFingerprint(asset_id, prints, picture.embedding, version, picture.local)


def _is_private(conn: Connection, order: Order) -> bool:
    """Whether something of the buyer's own is in the pictures: what they sent, or an earlier private one."""
    if order.source_sha256 is not None:
        return True
    parent = order.parent_asset_id
    return parent is not None and assets.get(conn, parent).private_to is not None


def _image(
    asset_id: str, request_id: str, release_id: str, picture: FinishedPicture, parent: str | None
) -> GeneratedImage:
    return GeneratedImage(
        asset_id=asset_id,
        request_id=request_id,
        index=picture.index,
        seed=picture.seed,
        release_id=release_id,
        attempts=picture.attempts,
        retrieved=picture.retrieved,
        nearest_sha256=picture.nearest_sha256,
        nearest_similarity=picture.nearest_similarity,
        parent_asset_id=parent,
    )
