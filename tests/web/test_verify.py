"""The page that says what a file proves: signed, stripped, cropped, foreign and hostile files."""

from collections.abc import Callable
from io import BytesIO

import pytest
from factories.balloon import clip_art
from factories.core import NOON
from httpx2 import Response
from PIL import Image
from sqlalchemy import text
from web.conftest import Browser
from web.world import World

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, AssetState, NewAsset, NewFingerprint
from fairstock.asset.rules import fingerprint
from fairstock.bootstrap import App
from fairstock.provenance import store as marks
from fairstock.provenance.marking import mark_pixels
from fairstock.provenance.model import ProvenanceClaim
from fairstock.web.limiter import Limiter
from fairstock.web.routes import verify as page

Visit = Callable[[str | None], Browser]


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    file = BytesIO()
    image.save(file, kind)
    return file.getvalue()


@pytest.fixture
def ours(app: App, world: World) -> tuple[str, bytes]:
    """Id and signed file of a picture that is marked and registered."""
    marked, mark = mark_pixels(clip_art(), app.watermark, "gen_1-0")
    claim = ProvenanceClaim(
        "gen_1-0", "Generated picture", "fairstock house model", "house-1", NOON, mark=mark
    )
    data = app.signer.sign(saved(marked), "image/png", claim)
    new = NewAsset(
        contributor_id=None,
        kind=AssetKind.generated,
        sha256=app.objects.put(data),
        mime="image/png",
        width=512,
        height=512,
        bytes=len(data),
        title="a red balloon",
        keywords=(),
        license="house",
        source="test",
        training_consent=False,
    )
    with app.transaction() as conn:
        asset_id = assets.add(conn, new)
        assets.add_fingerprint(conn, NewFingerprint(asset_id, fingerprint(marked)))
        marks.add_marks(conn, {asset_id: mark}, NOON)
    return asset_id, data


def send(browser: Browser, data: bytes, name: str = "file.png") -> Response:
    token = browser.token("/verify")
    return browser.post("/verify", data={"form_token": token}, files={"file": (name, data)})


def test_anybody_learns_that_a_file_is_ours_and_unchanged(visit: Visit, ours: tuple[str, bytes]) -> None:
    answer = send(visit(None), ours[1])
    assert answer.status_code == 200
    assert "we trust that signature" in answer.text
    assert "to the bit, the file of a work" in answer.text
    assert f'href="/works/{ours[0]}"' in answer.text


def test_a_stripped_cropped_smaller_copy_leads_back_by_its_watermark(
    visit: Visit, ours: tuple[str, bytes]
) -> None:
    copy = Image.open(BytesIO(ours[1])).convert("RGB").crop((40, 60, 470, 500)).resize((320, 327))
    answer = send(visit(None), saved(copy, "JPEG"), "copy.jpg")
    assert "carries no signed record" in answer.text
    assert "carry the watermark of a work in our catalogue, of which about 7" in answer.text
    assert "1 in 1" in answer.text
    assert f'href="/works/{ours[0]}"' in answer.text


def test_a_copy_without_watermark_is_found_by_its_looks_with_less_certainty(
    visit: Visit, ours: tuple[str, bytes]
) -> None:
    answer = send(visit(None), saved(clip_art(), "WEBP"))
    assert "a hint and no proof" in answer.text
    assert f'href="/works/{ours[0]}"' in answer.text


def test_a_work_that_is_not_public_is_not_shown(visit: Visit, app: App, ours: tuple[str, bytes]) -> None:
    with app.transaction() as conn:
        assets.withdraw(conn, ours[0], AssetState.withdrawn)
        assert conn.scalar(text("SELECT count(*) FROM provenance_mark WHERE payload IS NOT NULL")) == 1
    answer = send(visit(None), ours[1])
    assert "that is not public" in answer.text
    assert "a red balloon" not in answer.text
    assert ours[0] not in answer.text


def test_what_is_no_picture_or_unknown_gets_a_plain_answer(visit: Visit) -> None:
    browser = visit(None)
    assert "no PNG, JPEG or WebP" in send(browser, b"just words").text
    assert "is missing proves nothing" in send(browser, saved(Image.effect_noise((200, 200), 90))).text
    assert browser.post("/verify", data={"form_token": browser.token("/verify")}).status_code == 400
    assert browser.post("/verify", files={"file": ("a.png", b"")}).status_code == 403
    assert browser.post("/verify", headers={"content-length": "99000000"}, content=b"").status_code == 400


def test_one_address_may_not_send_file_after_file(visit: Visit) -> None:
    browser = visit(None)
    browser.app.state.files = Limiter(2, page.WINDOW_SECONDS, page.TooManyFiles)
    assert [send(browser, b"words").status_code for _ in range(3)] == [200, 200, 429]
