"""The caller's own earlier picture that a call carries on: named with ``refine_of``, or sent back."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetKind
from fairstock.bootstrap import App
from fairstock.generation import store as generation
from fairstock.web.api.asks import REFINE, Wanted
from fairstock.web.api.errors import BadField


def earlier_picture(house: App, buyer_id: str, wanted: Wanted) -> Asset | None:
    """The picture that is carried on, with its manifest; None for a call that begins anew.

    A file that was downloaded here and sent back unchanged is known by its digest, so that a client which
    knows nothing of ``refine_of`` keeps the chain too. Raises ``BadField`` for a ``refine_of`` that names no
    picture of the buyer's.
    """
    if wanted.refine_of is None and wanted.image is None:
        return None
    with house.transaction() as conn:
        if wanted.refine_of is not None:
            found = assets.many(conn, [wanted.refine_of])
        else:
            found = assets.by_sha(conn, hashlib.sha256(wanted.image or b"").hexdigest())
        own = [each for each in found if _is_theirs(conn, each, buyer_id)]
    if own:
        return own[0]
    if wanted.refine_of is not None:
        shown = wanted.refine_of[:60]
        message = f"Invalid '{REFINE}': none of your pictures has the id '{shown}'."
        raise BadField(REFINE, message, "picture_not_found")
    return None


def _is_theirs(conn: Connection, asset: Asset, buyer_id: str) -> bool:
    """Whether the picture was made for the buyer and may still be used."""
    made = asset.kind is AssetKind.generated and asset.offered_to(buyer_id)
    return made and generation.buyer_of(conn, asset.id) == buyer_id
