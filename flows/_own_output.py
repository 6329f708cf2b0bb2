"""Whether uploads carry the house's own watermark, read only where something points to it."""

from __future__ import annotations

from collections.abc import Sequence

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind
from fairstock.bootstrap import App
from fairstock.provenance import store as marks
from fairstock.provenance.model import WatermarkFound
from fairstock.screening import policy
from fairstock.screening.examine import Examined
from fairstock.screening.model import Observation, ObservationKind
from fairstock.upload.model import Inspection


def own_watermarks(app: App, examined: Sequence[Examined[Inspection]]) -> list[list[Observation]]:
    """For each file the watermark in it, where its features are near those of a picture that we made.

    Reading costs some tens of milliseconds, so pictures that resemble none of ours are not read: a part of
    ours so small, or so much changed, that its features lead elsewhere is missed.
    """
    found = {
        place: (read, cosine)
        for place, cosine in enumerate(_nearest_of_ours(app, examined))
        if cosine >= policy.shipped().watermark_cosine and (read := _read(app, examined[place].file))
    }
    with app.transaction() as conn:
        known = {place: marks.assets_of(conn, read.payload) for place, (read, _) in found.items()}
    return [
        [_observation(app, *found[place], known[place])] if place in found else []
        for place in range(len(examined))
    ]


def _nearest_of_ours(app: App, examined: Sequence[Examined[Inspection]]) -> list[float]:
    """For each file the cosine of its features with the nearest picture that the house has made."""
    opened = [(place, each.vector) for place, each in enumerate(examined) if each.vector is not None]
    with app.transaction() as conn:
        near = assets.nearest_many(
            conn,
            [vector.tolist() for _, vector in opened],
            limit=1,
            kind=AssetKind.generated,
            version=app.features.version,
        )
    closest = {place: row[0].similarity for (place, _), row in zip(opened, near, strict=True) if row}
    return [closest.get(place, 0.0) for place in range(len(examined))]


def _read(app: App, inspection: Inspection) -> WatermarkFound | None:
    if inspection.picture is None:
        return None
    return app.watermark.read(inspection.picture, was=(inspection.width, inspection.height))


def _observation(app: App, found: WatermarkFound, closest: float, known: Sequence[str]) -> Observation:
    evidence = {
        "known": bool(known),
        "payload": found.payload.hex(),
        "agreement": round(found.confidence, 4),
        "false_positive_bound": found.false_positive_bound,
        "visible_share": round(found.visible_share, 4),
        "cosine": round(closest, 4),
    }
    value = known[0] if known else "unknown"
    return Observation(ObservationKind.OWN_WATERMARK, value, evidence, app.watermark.method, "1")
