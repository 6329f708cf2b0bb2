"""What the catalogue knows about a work's origin, as rows for people."""

from sqlalchemy import Connection

from fairstock.asset.model import Asset, AssetKind
from fairstock.generation import store as generation
from fairstock.training import store as training
from fairstock.web.pages import when


def origin(conn: Connection, asset: Asset) -> list[tuple[str, str]]:
    """Label and value, strongest facts first."""
    if asset.kind is AssetKind.human:
        consent = "allowed by its contributor" if asset.training_consent else "not allowed"
        return [("Added", when(asset.created_at)), ("Source", asset.source), ("Training on it", consent)]
    made = generation.images(conn, [asset.id]).get(asset.id)
    rows = [("Made", when(asset.created_at))]
    if made is None:
        return rows
    release = training.get(conn, made.release_id)
    rows.append(("Model release", f"{release.name} ({release.id})"))
    if release.works:
        rows.append(("Trained on", f"{release.works:,} licensed works"))
    rows.append(("Seed", str(made.seed)))
    if made.parent_asset_id is not None:
        rows.append(("Carried on from", made.parent_asset_id))
    if made.nearest_similarity is not None:
        rows.append(("Nearest training work", f"{100 * made.nearest_similarity:.0f} % alike"))
    return rows
