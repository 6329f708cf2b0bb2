"""Evidence of a human origin: what a camera leaves counts, what can be pasted does not."""

from __future__ import annotations

from typing import Any

import pytest
from factories.cameras import (
    NIKON_NOTE,
    camera_jpeg,
    exif_block,
    openraster,
    photoshop,
    raw_file,
    thumbnail_of,
)
from factories.files import encoded, png, scene
from PIL import Image, ImageEnhance

from fairstock.provenance.model import C2paReport, C2paState
from fairstock.screening import origin
from fairstock.screening.model import Observation, ObservationKind, Outcome
from fairstock.screening.observe import from_file
from fairstock.screening.policy import shipped
from fairstock.screening.rules import decide
from fairstock.upload.capture import Capture
from fairstock.upload.evidence import supports
from fairstock.upload.guard import DecodeGuard

PHOTO = scene(1, 900)


def strength(guard: DecodeGuard, data: bytes, credentials: C2paReport | None = None) -> float:
    (inspection,) = guard.inspect([data])
    assert inspection.refusal is None
    seen = [each for each in from_file(inspection, credentials) if each.kind is ObservationKind.HUMAN_ORIGIN]
    assert len(seen) <= 1
    return float(seen[0].evidence["strength"]) if seen else 0.0


def test_a_cameras_own_file_softens_a_request_to_a_review(guard: DecodeGuard) -> None:
    found = strength(guard, camera_jpeg(PHOTO))
    assert 0.5 <= found <= origin.FILE_LIMIT


PASTED: dict[str, bytes] = {
    "tags on a library's jpeg": encoded(PHOTO, "JPEG", quality=90, exif=exif_block(note=b"", thumbnail=b"")),
    "tags on a png": encoded(PHOTO, "PNG", exif=exif_block(note=b"")),
    "every tag of another picture": encoded(
        PHOTO, "JPEG", quality=90, exif=exif_block(thumbnail=thumbnail_of(scene(7, 900)))
    ),
    "another picture's thumbnail in own tables": camera_jpeg(PHOTO, thumbnail=thumbnail_of(scene(7, 900))),
    "impossible exposure": encoded(PHOTO, "JPEG", exif=exif_block(exposure=False, note=NIKON_NOTE[:20])),
    "no camera": encoded(PHOTO, "JPEG"),
}


@pytest.mark.parametrize("case", PASTED)
def test_what_can_be_pasted_is_not_strong(guard: DecodeGuard, case: str) -> None:
    assert strength(guard, PASTED[case]) <= 0.3


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_thumbnail_is_turned_like_the_picture(guard: DecodeGuard, orientation: int) -> None:
    (seen,) = guard.inspect([camera_jpeg(PHOTO, orientation=orientation)])
    assert seen.capture is not None
    assert seen.capture.thumbnail is not None
    assert seen.capture.thumbnail <= origin.MATCHING_THUMBNAIL


def test_the_body_is_told_apart_without_keeping_its_number(guard: DecodeGuard) -> None:
    files = [camera_jpeg(PHOTO, serial=number) for number in ("1234567", "1234567", "7654321")]
    first, again, other = (seen.capture for seen in guard.inspect(files))
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.body == again.body != other.body
    assert "1234567" not in str(first)


def test_exif_that_is_broken_is_no_evidence(guard: DecodeGuard) -> None:
    block = exif_block(thumbnail=thumbnail_of(PHOTO))
    for cut in range(6, len(block), 97):
        (seen,) = guard.inspect([encoded(scene(1, 64), "JPEG", exif=block[:cut])])
        assert seen.refusal is None


CAPTURE = Capture("Leica", "M11-P", "", "b0d1", "2026:11:22 09:30:00", True, "fits", "own", None, "")


@pytest.mark.parametrize(
    ("state", "generated", "expected"),
    [
        (C2paState.TRUSTED, False, 0.95),
        (C2paState.VALID, False, 0.3),
        (C2paState.EXPIRED, False, 0.3),
        (C2paState.ALTERED, False, 0.0),
        (C2paState.TRUSTED, True, 0.0),
    ],
)
def test_a_cameras_signature_counts_by_who_vouches_for_it(
    state: C2paState, generated: bool, expected: float
) -> None:
    report = C2paReport(state, generators=("LEICA M11-P",), generated=generated, captured=True)
    seen = origin.of_file(None, report)
    assert (seen.evidence["strength"] if seen else 0.0) == expected


def test_history_adds_but_never_lets_a_picture_pass() -> None:
    own = origin.of_file(CAPTURE, None)
    assert own is not None
    assert origin.of_history(own, 0, 0) is None
    few, many = origin.of_history(own, 1, 0), origin.of_history(own, 50, 50)
    assert few is not None
    assert many is not None
    assert own.evidence["strength"] < few.evidence["strength"] <= many.evidence["strength"]
    assert many.evidence["strength"] == origin.HISTORY_LIMIT


def suspected() -> Observation:
    evidence = {"pictures": 30}
    return Observation(ObservationKind.ACCOUNT, "x", evidence, "account", "1")


def test_the_policy_softens_suspicion_by_strength_and_never_proof() -> None:
    proof = Observation(
        ObservationKind.GENERATOR_MARK,
        "ComfyUI",
        {"generator": "ComfyUI", "where": "x", "quote": "y", "proof": True},
        "generator-marks",
        "1",
    )
    own = origin.of_file(CAPTURE, None)
    raw = origin.of_support(supports_with("raw"))
    assert own is not None
    assert decide([suspected()], shipped()).outcome is Outcome.REQUEST
    assert decide([suspected(), raw], shipped()).outcome is Outcome.ACCEPT
    assert decide([suspected(), proof, raw, own], shipped()).outcome is Outcome.REJECT


def supports_with(kind: str) -> Any:
    from fairstock.upload.layers import Support

    return Support(kind, True, 0.01, ())


DEVELOPED = ImageEnhance.Color(ImageEnhance.Contrast(PHOTO).enhance(1.3)).enhance(1.4)
CROPPED = PHOTO.crop((90, 60, 860, 640))
EVIDENCE = {
    "a raw file": (encoded(DEVELOPED, "JPEG"), raw_file(PHOTO), ("raw", True)),
    "a raw file, cropped later": (encoded(CROPPED, "JPEG"), raw_file(PHOTO), ("raw", True)),
    "another raw file": (encoded(PHOTO, "JPEG"), raw_file(scene(7, 900)), ("raw", False)),
    "nothing but a preview": (encoded(PHOTO, "JPEG"), raw_file(PHOTO, 1000), ("flat", True)),
    "openraster": (encoded(PHOTO, "JPEG"), openraster(PHOTO, 3), ("layers", True)),
    "openraster with one layer": (encoded(PHOTO, "JPEG"), openraster(PHOTO, 1), ("flat", True)),
    "another openraster": (encoded(PHOTO, "JPEG"), openraster(scene(7, 900), 3), ("layers", False)),
    "photoshop": (encoded(PHOTO, "PNG"), photoshop(PHOTO, 4), ("layers", True)),
    "another photoshop file": (encoded(PHOTO, "PNG"), photoshop(scene(7, 900), 4), ("layers", False)),
    "a flat tiff": (encoded(PHOTO, "PNG"), encoded(PHOTO, "TIFF"), ("flat", True)),
    "gimp": (encoded(PHOTO, "PNG"), b"gimp xcf v011" + bytes(99), ("none", False)),
    "the picture itself": (png(PHOTO), png(PHOTO), ("none", False)),
    "an archive of something": (
        png(PHOTO),
        openraster(PHOTO, 3).replace(b"merged", b"mangle"),
        ("none", False),
    ),
    "a flat colour": (
        png(Image.new("RGB", (90, 90), "red")),
        openraster(Image.new("RGB", (90, 90), "red"), 2),
        ("layers", False),
    ),
}


@pytest.mark.parametrize("case", EVIDENCE)
def test_evidence_that_is_sent_is_compared_with_the_picture(guard: DecodeGuard, case: str) -> None:
    picture, evidence, expected = EVIDENCE[case]
    support = supports(guard, picture, evidence)
    assert (support.kind, support.matches) == expected, support
    seen = origin.of_support(support)
    assert (seen.evidence["strength"] > 0) == expected[1]


def test_evidence_that_is_hostile_supports_nothing(guard: DecodeGuard) -> None:
    whole = [raw_file(PHOTO), openraster(PHOTO, 3), photoshop(PHOTO, 4), encoded(PHOTO, "TIFF")]
    for data in whole:
        for length in range(8, min(len(data), 4000), 499):
            support = supports(guard, png(scene(1)), data[:length])
            assert not support.matches
    assert not supports(guard, b"no picture", openraster(PHOTO, 3)).matches
