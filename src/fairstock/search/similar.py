"""Works that look like one work."""

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, Neighbour


def similar(
    conn: Connection, asset_id: str, *, limit: int = 12, kind: AssetKind | None = None
) -> list[Neighbour]:
    """Live works closest to ``asset_id`` by their features, closest first and without itself.

    Empty where the work has no feature vector.
    """
    vector = assets.embeddings(conn, [asset_id]).get(asset_id)
    if vector is None:
        return []
    found = assets.nearest(conn, vector, limit=limit + 1, kind=kind, live_only=True)
    return [one for one in found if one.asset_id != asset_id][:limit]
