"""The flow that makes pictures: success, refusal, a model that fails once or for good, a killed process."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.core import NOON, add_buyer
from factories.processes import run_until_killed
from fakes.pictures import FakeFeatures, FakeGenerator, drawing
from PIL import Image
from sqlalchemy import text

from fairstock.asset import store as assets
from fairstock.bootstrap import App
from fairstock.db.checks import run_checks
from fairstock.generation import store
from fairstock.generation.orders import UnknownBuyer
from fairstock.generation.rules import BadSize, seeds_of
from fairstock.generation.store import RequestKeyReused
from fairstock.kit.errors import Failure
from fairstock.moderation.model import Decision
from fairstock.optout import store as optout
from fairstock.optout.model import NameUse
from fairstock.provenance import store as marks
from fairstock.provenance.model import C2paState
from fairstock.provenance.xmp import read_properties
from flows.generate_images import NothingMade, generate_images

pytestmark = pytest.mark.usefixtures("prefect_harness")

APPLE = {"key": "apple", "buyer": "studio", "prompt": "a red apple", "n": 2, "size": 256}
TREE = {"key": "tree", "buyer": "studio", "prompt": "a green tree", "n": 1, "size": 512}
GORE = {"key": "gore", "buyer": "studio", "prompt": "a severed head", "n": 1, "size": 256}
STYLE = {
    "key": "style",
    "buyer": "studio",
    "prompt": "a harbour in the style of Ilse Marchetti",
    "n": 1,
    "size": 256,
}


@pytest.fixture
def shop(app: App, monkeypatch: pytest.MonkeyPatch) -> App:
    """The wired app with a quick model, a buyer and an artist who opted out."""
    monkeypatch.setitem(app.__dict__, "generator", FakeGenerator())  # a cached property
    monkeypatch.setitem(app.__dict__, "features", FakeFeatures())
    with app.transaction() as conn:
        add_buyer(conn)
        optout.add_name(conn, name="Ilse Marchetti", use=NameUse.STYLE, since=NOON, evidence="a letter")
    return app


def pixels(app: App, asset_id: str) -> Image.Image:
    with app.transaction() as conn:
        digest = assets.get(conn, asset_id).sha256
    return Image.open(io.BytesIO(app.objects.get(digest))).convert("RGB")


def expected(order: dict[str, Any]) -> list[Image.Image]:
    drawings = [drawing(order["prompt"], seed, order["size"]) for seed in seeds_of(order["key"], order["n"])]
    return [Image.open(io.BytesIO(each)).convert("RGB") for each in drawings]


def looks_like(app: App, asset_ids: list[str], order: dict[str, Any]) -> bool:
    """Whether the stored pictures are the drawings, changed by the watermark and nothing else."""
    pairs = zip(asset_ids, expected(order), strict=True)
    changes = [np.asarray(pixels(app, each), np.int16) - np.asarray(drawn, np.int16) for each, drawn in pairs]
    return all(0 < np.abs(change).max() < 25 for change in changes)


def rows(app: App, table: str) -> int:
    with app.transaction() as conn:
        return int(conn.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608  # names from this file


def checks_hold(app: App) -> bool:
    with app.transaction() as conn:
        return run_checks(conn) == []


def test_accepted_prompts_become_signed_marked_searchable_pictures(shop: App) -> None:
    summary = generate_images([APPLE, GORE, STYLE, TREE])
    counts = {name: summary[name] for name in ("generated", "fulfilled", "refused", "waiting", "failed")}
    assert counts == {"generated": 3, "fulfilled": 2, "refused": 2, "waiting": 0, "failed": 0}
    apple, gore, style, tree = summary["requests"]
    for order, row in ((APPLE, apple), (TREE, tree)):
        assert looks_like(shop, row["asset_ids"], order)
        for asset_id in row["asset_ids"]:
            with shop.transaction() as conn:
                mark = marks.mark_of(conn, asset_id)
            found = shop.watermark.read(pixels(shop, asset_id))
            assert mark is not None
            assert found is not None
            assert found.payload == mark.payload
    with shop.transaction() as conn:
        first = assets.get(conn, apple["asset_ids"][0])
        assert assets.fingerprint_of(conn, first.id) is not None
        assert first.source == f"generation:{apple['request_id']}"
    data = shop.objects.get(first.sha256)
    report = shop.c2pa_reader.read(data, first.mime)
    assert (report.state, report.generated) == (C2paState.TRUSTED, True)
    xmp = read_properties(data)
    assert xmp["Iptc4xmpExt:AISystemVersionUsed"] == ("fake-1",)
    assert xmp["Iptc4xmpExt:DigImageGUID"] == (f"{apple['request_id']}-0",)
    assert "a red apple" not in str(xmp)
    assert (gore["state"], gore["asset_ids"], gore["decision"]["category"]) == (
        "refused",
        [],
        "violence/graphic",
    )
    assert "severed head" in gore["sentence"]
    assert style["decision"]["rule"] == "style.opted-out"
    assert checks_hold(shop)


def test_refused_prompts_never_reach_the_model(shop: App, monkeypatch: pytest.MonkeyPatch) -> None:
    decide_all, connections = shop.moderator.decide_all, []

    def watched(*given: Any) -> Iterator[Decision]:
        connections.append(shop.engine.pool.checkedout())  # type: ignore[attr-defined]
        return decide_all(*given)

    monkeypatch.setattr(shop.moderator, "decide_all", watched)
    summary = generate_images([GORE])
    assert summary["refused"] == 1
    assert connections == [0]  # no transaction is open while prompts are moderated
    assert shop.generator.calls == []  # type: ignore[attr-defined]
    assert rows(shop, "asset") == 0


def test_the_same_orders_again_make_nothing(shop: App) -> None:
    first = generate_images([APPLE, GORE])
    assert generate_images([APPLE, GORE]) == first
    assert shop.generator.calls == ["a red apple"] * 2  # type: ignore[attr-defined]
    assert rows(shop, "asset") == 2


def test_a_model_that_fails_once_is_tried_again(shop: App, monkeypatch: pytest.MonkeyPatch) -> None:
    trouble = [Failure("The model is out of memory.")]

    def before(prompt: str) -> None:
        if prompt == "a green tree" and trouble:
            raise trouble.pop()

    monkeypatch.setitem(shop.__dict__, "generator", FakeGenerator(before))
    summary = generate_images([APPLE, TREE])
    assert (summary["fulfilled"], summary["failed"]) == (2, 0)
    assert shop.generator.calls == ["a red apple"] * 2 + ["a green tree"] * 2  # type: ignore[attr-defined]
    assert rows(shop, "asset") == 3


def test_a_request_that_fails_for_good_leaves_nothing_and_the_others_are_made(
    shop: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def before(prompt: str) -> None:
        if prompt == "a red apple":
            raise RuntimeError("CUDA error")

    monkeypatch.setitem(shop.__dict__, "generator", FakeGenerator(before))
    summary = generate_images([APPLE, TREE])
    apple, tree = summary["requests"]
    assert (apple["state"], apple["asset_ids"], apple["sentence"]) == ("failed", [], "CUDA error")
    assert tree["state"] == "done"
    assert shop.generator.calls.count("a red apple") == 3  # type: ignore[attr-defined]
    assert rows(shop, "asset") == rows(shop, "generated_image") == 1
    assert checks_hold(shop)
    monkeypatch.setitem(shop.__dict__, "generator", FakeGenerator())
    assert generate_images([APPLE])["requests"][0]["state"] == "done"


def test_where_everything_fails_the_run_fails(shop: App, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = FakeGenerator()
    generator.sizes = frozenset({1024})
    monkeypatch.setitem(shop.__dict__, "generator", generator)
    with pytest.raises(NothingMade, match="256"):
        generate_images([APPLE])
    assert generator.calls == []
    with shop.transaction() as conn:
        assert store.get(conn, store.id_of("apple")).state == "failed"
    assert rows(shop, "asset") == 0
    assert list(shop.objects.digests()) == []


def test_one_unusable_order_stops_the_run_before_anything_is_recorded(shop: App) -> None:
    with pytest.raises(UnknownBuyer, match="nobody"):
        generate_images([APPLE, {**TREE, "buyer": "nobody"}])
    with pytest.raises(BadSize):
        generate_images([APPLE, {**TREE, "size": 100}])
    with pytest.raises(RequestKeyReused):
        generate_images([APPLE, {**APPLE, "prompt": "a pear"}])
    assert rows(shop, "generation_request") == 0


KILLED_AT = {
    "while the model works": "fakes.FakeGenerator(lambda prompt: 'tree' in prompt and die())",
    "between bytes and row": "fakes.FakeGenerator()",
}
CHILD = """
import os, signal, sys
import fakes.pictures as fakes
from fairstock.bootstrap import get_app
import flows.generate_images as module

def die():
    os.kill(os.getpid(), signal.SIGKILL)

app = get_app()
app.generator, app.features = {generator}, fakes.FakeFeatures()
if {late}:
    kept = module.fulfil
    module.fulfil = lambda conn, request_id, pictures, **rest: (
        kept(conn, request_id, pictures, **rest) if len(pictures) == 2 else die()
    )
module.generate_images({orders!r})
"""


@pytest.mark.parametrize("when", KILLED_AT)
def test_a_killed_run_is_finished_by_the_next_with_the_same_pictures(
    shop: App, home: Path, when: str
) -> None:
    script = CHILD.format(
        generator=KILLED_AT[when], late=when == "between bytes and row", orders=[APPLE, TREE]
    )
    run_until_killed(script)
    with shop.transaction() as conn:
        before = store.asset_ids(conn, store.id_of("apple"))
        assert store.get(conn, store.id_of("tree")).state == "pending"
    assert len(before) == 2
    summary = generate_images([APPLE, TREE])
    apple, tree = summary["requests"]
    assert apple["asset_ids"] == before
    assert looks_like(shop, before, APPLE)
    assert looks_like(shop, tree["asset_ids"], TREE)
    assert rows(shop, "asset") == rows(shop, "generated_image") == 3
    assert checks_hold(shop)
