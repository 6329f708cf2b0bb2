"""Pictures sent along: which are taken, what is said of them, and which are refused."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from web.api.conftest import Studio, mask_file, picture_file
from web.api.test_images import EDIT, opened, refusal

VARY = "/v1/images/variations"


def test_an_edit_takes_a_picture_and_a_mask(studio: Studio) -> None:
    form = {"prompt": "a blue sky", "n": "2", "size": "256x256", "response_format": "b64_json"}
    files = {"image": ("upload", picture_file(), "application/octet-stream"), "mask": mask_file()}
    with studio.client() as client:
        answer = client.post(EDIT, data=form, files=files)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["data"]) == 2
    assert "converted" not in answer.json()
    assert studio.count("generation_request WHERE kind = 'edit' AND mask_sha256 IS NOT NULL") == 1
    assert studio.checks() == []


def test_other_formats_are_taken_by_their_bytes_and_the_answer_says_so(studio: Studio) -> None:
    files = {"image": ("photo.png", picture_file("JPEG", edge=300), "image/png")}
    with studio.client() as client:
        answer = client.post(VARY, data={"size": "256x256"}, files=files)
        assert answer.status_code == 200, answer.text
        said = [
            {"param": "image", "what": "JPEG to PNG"},
            {"param": "image", "what": "300 to 256 pixels"},
        ]
        assert answer.json()["converted"] == said
        assert answer.headers["x-fairstock-converted"] == "image: JPEG to PNG; image: 300 to 256 pixels"
        listed = client.post(VARY, data={"size": "256x256"}, files=[("image[]", ("a", picture_file("WEBP")))])
        assert listed.status_code == 200
    assert studio.count("generation_request WHERE kind = 'variation'") == 2


def test_a_picture_with_holes_is_its_own_mask(studio: Studio) -> None:
    form = {"prompt": "a blue sky", "size": "256x256"}
    with studio.client() as client:
        assert client.post(EDIT, data=form, files={"image": mask_file()}).status_code == 200
    assert studio.count("generation_request WHERE mask_sha256 = source_sha256") == 1


def test_each_unusable_picture_is_one_error(studio: Studio) -> None:
    good, mask = picture_file(), mask_file()
    cases: list[tuple[str, list[tuple[str, Any]], str]] = [
        ("no image", [], "image"),
        ("two images", [("image[]", good), ("image[]", good)], "image"),
        ("text", [("image", b"hello")], "image"),
        ("4 MB", [("image", b"\x89PNG\r\n\x1a\n" + bytes(4_000_000))], "image"),
        ("animated", [("image", picture_file("WEBP", save_all=True, append_images=[opened(mask)]))], "image"),
        ("another size", [("image", good), ("mask", mask_file(128))], "mask"),
        ("opaque mask", [("image", good), ("mask", good)], "mask"),
        ("CMYK", [("image", _cmyk())], "image"),
        ("mask for a variation", [("image", good), ("mask", mask)], "mask"),
    ]
    with studio.client() as client:
        for case, files, param in cases:
            vary = case.endswith("variation")
            form = {"size": "256x256"} if vary else {"size": "256x256", "prompt": "a sky"}
            sent = [(name, ("upload", data)) for name, data in files] or [("user", (None, "x"))]
            error = refusal(client.post(VARY if vary else EDIT, data=form, files=sent), 400)
            assert (case, error["param"]) == (case, param)
    assert studio.count("api_call") == studio.count("license_sale") == 0


def _cmyk() -> bytes:
    out = io.BytesIO()
    Image.new("CMYK", (64, 64)).save(out, "JPEG")
    return out.getvalue()
