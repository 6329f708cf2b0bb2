"""Attribute a batch of pictures: bytes from the store, weights from the method, shares into the database."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.attribution import store
from fairstock.attribution.model import AttributionReport
from fairstock.attribution.ports import Attributor
from fairstock.attribution.rules import to_shares
from fairstock.kit.clock import Clock
from fairstock.kit.errors import Inconsistent
from fairstock.kit.objects import ObjectStore
from fairstock.training import store as training


class WorkNotInManifest(Inconsistent):
    """A method named a work that the release was not trained on."""

    def __init__(self, work: str, release_id: str) -> None:
        self.work, self.release_id = work, release_id
        super().__init__(
            f"The work {work} is not in the manifest of {release_id}, but a picture was attributed to it.",
            remedy="register the release that the attribution method was built from",
        )


def attribute_pictures(
    conn: Connection,
    objects: ObjectStore,
    attributor: Attributor,
    asset_ids: Sequence[str],
    clock: Clock,
) -> AttributionReport:
    """Attribute those of the pictures that the method has not attributed yet; all must be of the method's
    release.

    A second call does nothing. Raises ``WorkNotInManifest``, ``BadWeight`` and what the object store raises.
    """
    used = store.register_method(
        conn,
        name=attributor.method,
        version=attributor.version,
        release_id=attributor.release_id,
        at=clock.now(),
    )
    waiting = store.missing(conn, used.id, asset_ids)
    if not waiting:
        return AttributionReport(images=0, shares=0, unattributable=0)
    stored = {asset.id: asset for asset in assets.many(conn, waiting)}
    pictures = [Image.open(BytesIO(objects.get(stored[asset_id].sha256))) for asset_id in waiting]
    weights = attributor.attribute(pictures)
    shares = {asset_id: to_shares(each) for asset_id, each in zip(waiting, weights, strict=True)}
    contributors = _contributors(
        conn, attributor.release_id, {work for each in shares.values() for work in each}
    )
    written = store.record(conn, used.id, shares, contributors, clock.now())
    return AttributionReport(len(waiting), written, sum(not each for each in shares.values()))


def _contributors(conn: Connection, release_id: str, works: set[str]) -> dict[str, str]:
    known = {row.work_sha256: row.contributor_id for row in training.manifest(conn, release_id)}
    for work in works:
        if work not in known:
            raise WorkNotInManifest(work, release_id)
    return known
