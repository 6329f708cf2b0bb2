"""Whether an upload carries the house's own watermark, read only where something points to it."""

from __future__ import annotations

from fairstock.asset.model import AssetKind
from fairstock.bootstrap import App
from fairstock.db.transaction import Connection
from fairstock.provenance import store as marks
from fairstock.screening.catalogue import Neighbourhood, Subject
from fairstock.screening.model import Observation, ObservationKind


def own_watermark(conn: Connection, app: App, subject: Subject, near: Neighbourhood) -> list[Observation]:
    """The watermark in an upload whose features are near those of a picture that the house has made.

    Reading costs a second decoding and some tens of milliseconds, so pictures that resemble none of ours are
    not read: a part of ours so small, or so much changed, that its features lead elsewhere is missed.
    """
    cosines = near.candidates(subject)
    ours = {each.id for each in near.works.values() if each.kind is AssetKind.generated}
    closest = max((cosine for work, cosine in cosines.items() if work in ours), default=0.0)
    if closest < near.policy.watermark_cosine:
        return []
    (inspection,) = app.decode_guard.inspect([app.objects.get(subject.sha256)])
    if inspection.picture is None:
        return []
    found = app.watermark.read(inspection.picture, was=(inspection.width, inspection.height))
    if found is None:
        return []
    known = marks.assets_of(conn, found.payload)
    evidence = {
        "known": bool(known),
        "payload": found.payload.hex(),
        "agreement": round(found.confidence, 4),
        "false_positive_bound": found.false_positive_bound,
        "visible_share": round(found.visible_share, 4),
        "cosine": round(closest, 4),
    }
    value = known[0] if known else "unknown"
    return [Observation(ObservationKind.OWN_WATERMARK, value, evidence, app.watermark.method, "1")]
