"""The flow with orders that begin with a picture: edits, variations, refinements, and what goes wrong."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from factories.core import add_buyer
from fakes.pictures import FakeFeatures, FakeGenerator, FakeScreen
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import text

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetState
from fairstock.bootstrap import App
from fairstock.db.checks import run_checks
from fairstock.generation import store
from fairstock.generation.sources import NotYours, PictureNotSent
from fairstock.license.grant import NotForLicense, grant
from fairstock.provenance.model import C2paState, SourceType
from fairstock.provenance.xmp import read_digital_source_types
from fairstock.search.find import find
from flows.generate_images import NothingMade, generate_images

pytestmark = pytest.mark.usefixtures("prefect_harness")


@pytest.fixture
def shop(app: App, monkeypatch: pytest.MonkeyPatch) -> App:
    """The wired app with a quick model and two buyers."""
    monkeypatch.setitem(app.__dict__, "generator", FakeGenerator())  # a cached property
    monkeypatch.setitem(app.__dict__, "features", FakeFeatures())
    monkeypatch.setitem(app.__dict__, "picture_screen", FakeScreen())
    with app.transaction() as conn:
        add_buyer(conn)
        add_buyer(conn, "rival")
    return app


def stored(app: App, image: Image.Image) -> str:
    file = io.BytesIO()
    image.save(file, "PNG")
    return app.objects.put(file.getvalue())


def photo(size: int = 256) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (size, size, 4), dtype=np.uint8) | 1)


def mask(size: int = 256) -> Image.Image:
    image = Image.new("RGBA", (size, size), "black")
    image.paste((0, 0, 0, 0), (32, 32, 128, 160))
    return image


def order(key: str, kind: str, **fields: Any) -> dict[str, Any]:
    words = {} if kind == "variation" else {"prompt": "a red apple"}
    return {"key": key, "buyer": "studio", "n": 1, "size": 256, "kind": kind, **words, **fields}


def made(app: App, **fields: Any) -> Asset:
    """The first picture of one order that went well."""
    (row,) = generate_images([fields])["requests"]
    assert row["state"] == "done", row["sentence"]
    with app.transaction() as conn:
        assert run_checks(conn) == []
        return assets.get(conn, row["asset_ids"][0])


def pixels(app: App, asset: Asset) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(app.objects.get(asset.sha256))).convert("RGBA"))


def test_an_edit_keeps_every_pixel_outside_its_mask_and_is_its_buyers_alone(shop: App) -> None:
    before, hole = np.asarray(photo()), np.asarray(mask())[..., 3] == 0
    fields = {"source_sha256": stored(shop, photo()), "mask_sha256": stored(shop, mask())}
    asset = made(shop, **order("edit", "edit", **fields))
    after = pixels(shop, asset)
    assert np.array_equal(before[~hole], after[~hole])
    assert not np.array_equal(before[hole], after[hole])
    data = shop.objects.get(asset.sha256)
    report = shop.c2pa_reader.read(data, asset.mime)
    assert (report.state, report.generated) == (C2paState.TRUSTED, True)
    assert read_digital_source_types(data) == [SourceType.COMPOSITE]
    assert asset.state is AssetState.private
    with shop.transaction() as conn:
        assert find(conn, "apple").total == 0
        owner, rival = (add_buyer(conn, handle) for handle in ("studio", "rival"))
        assert (asset.offered_to(owner), asset.offered_to(rival), asset.offered_to(None)) == (
            True,
            False,
            False,
        )
        order_of = {"asset_id": asset.id, "size": 256, "territory": None, "clock": shop.clock}
        assert grant(conn, key="s1", buyer_id=owner, **order_of).asset_id == asset.id
        with pytest.raises(NotForLicense, match="private"):
            grant(conn, key="s2", buyer_id=rival, **order_of)


def test_a_picture_is_refined_again_and_again_and_the_chain_is_kept(shop: App) -> None:
    first = made(shop, **order("first", "create"))
    second = made(shop, **order("second", "refine", parent_asset_id=first.id, prompt="with a leaf"))
    fields = {"parent_asset_id": second.id, "mask_sha256": stored(shop, mask())}
    third = made(shop, **order("third", "refine", **fields))
    hole = np.asarray(mask())[..., 3] == 0
    assert np.array_equal(pixels(shop, second)[~hole], pixels(shop, third)[~hole])
    with shop.transaction() as conn:
        images = store.images(conn, [first.id, second.id, third.id])
        parents = [images[each.id].parent_asset_id for each in (first, second, third)]
        assert find(conn, "leaf").total == 1
    assert parents == [None, first.id, second.id]
    assert {each.state for each in (first, second, third)} == {AssetState.live}
    report = shop.c2pa_reader.read(shop.objects.get(third.sha256), third.mime)
    assert report.state is C2paState.TRUSTED
    assert len(report.generators) == 1  # each link of the chain was made by the same software
    assert set(report.source_types) == {SourceType.GENERATED}


def test_what_a_private_picture_becomes_stays_private_and_composite(shop: App) -> None:
    parent = made(shop, **order("edit", "edit", source_sha256=stored(shop, photo())))
    child = made(shop, **order("refine", "refine", parent_asset_id=parent.id))
    assert child.state is AssetState.private
    assert read_digital_source_types(shop.objects.get(child.sha256)) == [SourceType.COMPOSITE]


def test_variations_need_no_words(shop: App) -> None:
    summary = generate_images([order("vary", "variation", source_sha256=stored(shop, photo()), n=2)])
    (row,) = summary["requests"]
    assert (row["state"], row["kind"], row["prompt"]) == ("done", "variation", "")
    with shop.transaction() as conn:
        first, second = (assets.get(conn, each) for each in row["asset_ids"])
    assert first.title == "Variation"
    assert not np.array_equal(pixels(shop, first), pixels(shop, second))
    varied = made(shop, **order("again", "variation", parent_asset_id=first.id))
    assert varied.state is AssetState.private


def test_pictures_of_others_and_pictures_that_nobody_sent_stop_the_run(shop: App) -> None:
    first = made(shop, **order("first", "create"))
    with pytest.raises(NotYours, match=first.id):
        generate_images([order("theirs", "refine", parent_asset_id=first.id, buyer="rival")])
    with pytest.raises(PictureNotSent):
        generate_images([order("unsent", "edit", source_sha256="ab" * 32)])
    with shop.transaction() as conn:
        assert conn.scalar(text("SELECT count(*) FROM generation_request")) == 1


@pytest.mark.parametrize(
    ("source", "hole", "sentence"),
    [
        (Image.new("RGB", (256, 200)), None, "256 × 200 pixels"),
        (photo(), mask(128), "mask has 128 × 128"),
        (photo(), Image.new("RGBA", (256, 256), "black"), "no fully transparent pixel"),
    ],
)
def test_what_cannot_be_edited_fails_once_with_its_reason_and_leaves_nothing(
    shop: App, source: Image.Image, hole: Image.Image | None, sentence: str
) -> None:
    fields = {"mask_sha256": stored(shop, hole)} if hole else {}
    with pytest.raises(NothingMade, match=sentence):
        generate_images([order("bad", "edit", source_sha256=stored(shop, source), **fields)])
    assert shop.generator.calls == []  # type: ignore[attr-defined]
    with shop.transaction() as conn:
        assert store.get(conn, store.id_of("bad")).state == "failed"
        assert conn.scalar(text("SELECT count(*) FROM asset")) == 0


def test_stored_bytes_that_are_no_picture_fail_clearly(shop: App) -> None:
    with pytest.raises(NothingMade, match="cannot be decoded"):
        generate_images([order("noise", "edit", source_sha256=shop.objects.put(b"no picture"))])


def test_a_picture_that_may_not_be_worked_on_is_refused_before_the_model_sees_it(shop: App) -> None:
    image = photo()
    image.putpixel((0, 0), (255, 0, 255, 255))
    with pytest.raises(NothingMade, match="sent looks sexual"):
        generate_images([order("bad", "variation", source_sha256=stored(shop, image))])
    assert shop.generator.calls == []  # type: ignore[attr-defined]


def test_what_may_not_be_delivered_is_thrown_away_and_not_tried_again(
    shop: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    magenta = shop.objects.get(stored(shop, Image.new("RGB", (256, 256), "magenta")))
    monkeypatch.setattr("fakes.pictures.drawing", lambda *_: magenta)
    with pytest.raises(NothingMade, match="What came out looks sexual"):
        generate_images([order("made", "create")])
    assert shop.generator.calls == ["a red apple"]  # type: ignore[attr-defined]
    with shop.transaction() as conn:
        assert conn.scalar(text("SELECT count(*) FROM asset")) == 0
