"""Works of the demo library come back turned, mirrored, cropped and framed, under another name."""

from __future__ import annotations

import random
from pathlib import Path

from factories.core import NOON, add_contributor
from factories.files import encoded
from factories.intake import folder_of
from PIL import Image
from prefect.logging import disable_run_logger

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, NewAsset, NewFingerprint
from fairstock.asset.rules import fingerprint, flattened
from fairstock.bootstrap import App
from fairstock.provenance import store as marks
from fairstock.provenance.model import Mark
from fairstock.screening import store as screening
from fairstock.screening.model import ObservationKind, Outcome, ReasonCode
from fairstock.settings import PACKAGE_DATA
from fairstock.upload import store as uploads
from fairstock.upload.manifest import read_manifest
from fairstock.upload.model import UploadState
from flows.ingest_uploads import judge, look_at, take_in
from tests.bench.copies.disguises import CHANGES

DRAWINGS = sorted((PACKAGE_DATA / "demo-library/pictures").iterdir())[::58][:8]
WAYS = (
    "mirrored",
    "turned 5°",
    "turned 10°",
    "turned 8°, cut",
    "cropped to 70 %",
    "white border 10 %",
    "mirrored, turned 5°, JPEG 70",
    "at 40 %",
)


def drawing(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return flattened(image)


def ingest(folder: Path, people: dict[str, str]) -> None:
    """The tasks of the flow in their order, one batch, without Prefect around them."""
    with disable_run_logger():
        received = take_in.fn(read_manifest(folder, None), people, "batch")
        look_at.fn(received)
        judge.fn(received)


def test_changed_copies_are_not_published_and_the_change_is_named(app: App, tmp_path: Path) -> None:
    """Ann's works and Bob's copies of them come in one batch: what she has just published counts already."""
    with app.transaction() as conn:
        ann, bob = add_contributor(conn), add_contributor(conn, "bob")
    sent = {f"{number}.png": ("ann", path.read_bytes()) for number, path in enumerate(DRAWINGS)}
    for number, (path, way) in enumerate(zip(DRAWINGS, WAYS, strict=True)):
        changed = CHANGES[way](drawing(path), random.Random(number))
        sent[f"copy {number}.png"] = ("bob", encoded(changed, "PNG"))
    ingest(folder_of(tmp_path / "uploads", sent), {"ann": ann, "bob": bob})
    with app.transaction() as conn:
        assert {each.state for each in uploads.of_contributor(conn, ann)} == {UploadState.ACCEPTED}
        copies = uploads.of_contributor(conn, bob)
        verdicts = screening.verdicts(conn, [each.id for each in copies])
        seen = screening.observations(conn, [each.id for each in copies])
    assert len(copies) == len(WAYS)
    named = {
        str(sight.evidence["change"])
        for sights in seen.values()
        for sight in sights
        if sight.kind is ObservationKind.COPY and "change" in sight.evidence
    }
    assert any("turned by 10 degrees" in each for each in named)
    assert any("mirrored, turned by 5 degrees" in each for each in named)
    assert any("cut to" in each for each in named)
    assert all(verdict.outcome in (Outcome.REJECT, Outcome.REVIEW) for verdict in verdicts.values())
    rejected = [each for each in verdicts.values() if each.outcome is Outcome.REJECT]
    assert len(rejected) >= len(WAYS) - 3


def test_our_own_picture_is_known_by_its_watermark(app: App, tmp_path: Path) -> None:
    """A part of a generated picture, saved as JPEG; one that resembles none of ours is not even read."""
    original = drawing(DRAWINGS[2]).resize((512, 512))
    marked = app.watermark.embed(original, b"bench!")
    data = encoded(marked, "PNG")
    (vector,) = app.features.embed([marked])
    with app.transaction() as conn:
        bob = add_contributor(conn, "bob")
        asset_id = assets.add(conn, generated(app, data))
        numbers = [float(number) for number in vector]
        assets.add_fingerprint(
            conn, NewFingerprint(asset_id, fingerprint(marked), numbers, app.features.version)
        )
        marks.add_marks(conn, {asset_id: Mark(app.watermark.method, b"bench!")}, NOON)
    part = encoded(marked.crop((20, 30, 500, 490)), "JPEG", quality=85)
    sent = {"part.jpg": ("bob", part), "other.png": ("bob", DRAWINGS[5].read_bytes())}
    ingest(folder_of(tmp_path / "uploads", sent), {"bob": bob})
    with app.transaction() as conn:
        found = {each.filename: each for each in uploads.of_contributor(conn, bob)}
        seen = screening.observations(conn, [each.id for each in found.values()])
        verdicts = screening.verdicts(conn, [each.id for each in found.values()])
    sights = [each for each in seen[found["part.jpg"].id] if each.kind is ObservationKind.OWN_WATERMARK]
    assert [(each.value, each.evidence["known"]) for each in sights] == [(asset_id, True)]
    assert sights[0].evidence["false_positive_bound"] < 1e-9
    verdict = verdicts[found["part.jpg"].id]
    assert verdict.outcome is Outcome.REJECT
    assert {reason.code for reason in verdict.reasons} == {ReasonCode.OWN_OUTPUT}
    assert verdicts[found["other.png"].id].outcome is Outcome.ACCEPT


def generated(app: App, data: bytes) -> NewAsset:
    return NewAsset(
        contributor_id=None,
        kind=AssetKind.generated,
        sha256=app.objects.put(data),
        mime="image/png",
        width=512,
        height=512,
        bytes=len(data),
        title="A generated picture",
        keywords=("test",),
        license="test",
        source="test",
        training_consent=False,
    )
