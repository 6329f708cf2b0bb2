"""The pictures that an order begins with: whether the buyer may use them, and their pixels."""

from __future__ import annotations

import io
from collections.abc import Iterable

from PIL import Image
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind
from fairstock.generation import store
from fairstock.generation.model import Order
from fairstock.kit.errors import BadInput, Forbidden, Inconsistent
from fairstock.kit.objects import ObjectStore


class NotYours(Forbidden):
    """A picture may be carried on only by the buyer for whom it was made."""

    def __init__(self, asset_id: str) -> None:
        self.asset_id = asset_id
        super().__init__(
            f"The picture {asset_id} was not made for you.",
            remedy="continue from a picture of your own requests",
        )


class PictureNotSent(BadInput):
    """An order names a picture that nobody stored."""

    def __init__(self, digest: str) -> None:
        self.digest = digest
        super().__init__(f"There is no stored picture {digest}.", remedy="send the picture first")


class SourceUnreadable(Inconsistent):
    """A stored picture is none."""

    def __init__(self, digest: str) -> None:
        self.digest = digest
        super().__init__(
            f"The stored picture {digest} cannot be decoded.", remedy="send it again, as PNG, JPEG or WebP"
        )


def check_parent(conn: Connection, order: Order) -> None:
    """Raises ``NotYours`` unless the order's parent was made for the same buyer, and ``AssetNotFound``."""
    if order.parent_asset_id is None:
        return
    parent = assets.get(conn, order.parent_asset_id)
    if parent.kind is not AssetKind.generated or store.buyer_of(conn, parent.id) != order.buyer_id:
        raise NotYours(parent.id)


def parent_file(conn: Connection, order: Order) -> str | None:
    """The digest of the file that an order continues from; None for one that begins otherwise."""
    parent = order.parent_asset_id
    return assets.get(conn, parent).sha256 if parent is not None else None


def check_stored(objects: ObjectStore, orders: Iterable[Order]) -> None:
    """Raises ``PictureNotSent`` where a picture that an order begins with is not in the store."""
    for order in orders:
        for digest in (order.source_sha256, order.mask_sha256):
            if digest is not None and not objects.has(digest):
                raise PictureNotSent(digest)


def decoded(objects: ObjectStore, digest: str) -> Image.Image:
    """A stored PNG; raises ``SourceUnreadable`` and what the store raises.

    Only pictures that went through the decode guard are stored under these names, so it is opened here.
    """
    try:
        picture = Image.open(io.BytesIO(objects.get(digest)), formats=["PNG"])
        picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as cause:
        raise SourceUnreadable(digest) from cause
    return picture
