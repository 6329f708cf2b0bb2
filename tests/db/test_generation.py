"""Requests, their pictures and the rules that the database keeps about them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from factories.core import NOON, add_buyer
from fakes.pictures import FakeFeatures, FakeGenerator, drawing
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from fairstock.adapters.c2pa_signer import C2paSigner
from fairstock.adapters.dev_keys import make_chain
from fairstock.adapters.watermark import SpectrumWatermark
from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind
from fairstock.db.checks import run_checks
from fairstock.generation import store
from fairstock.generation.drawing import WrongPictures
from fairstock.generation.fulfil import NotAccepted, fulfil, give_up
from fairstock.generation.model import GeneratedPicture, Order, OrderKind, Request, RequestState
from fairstock.generation.produce import produce
from fairstock.generation.report import news
from fairstock.generation.request import request
from fairstock.generation.rules import BadSize
from fairstock.generation.sources import NotYours, PictureNotSent, check_stored
from fairstock.generation.store import RequestKeyReused, RequestNotFound
from fairstock.kit.clock import FixedClock
from fairstock.kit.objects import ObjectStore
from fairstock.moderation.model import Verdict
from fairstock.moderation.policy import load_policy
from fairstock.moderation.rules import decide
from fairstock.provenance.model import House
from fairstock.provenance.ports import Signer
from fairstock.training.register import known_release

CLOCK = FixedClock(NOON)


@pytest.fixture(scope="module")
def signer() -> Signer:
    return C2paSigner(make_chain())


def recorded(conn: Connection, prompt: str = "a red apple", key: str = "k1", n: int = 2) -> Request:
    order = Order(key, add_buyer(conn), prompt, n, 256)
    return request(conn, order, decide(prompt, load_policy()), CLOCK)


WATERMARK = SpectrumWatermark(bytes(32))


def made(conn: Connection, asked: Request, signer: Signer, objects: ObjectStore) -> list[str]:
    pictures = produce(
        asked,
        generator=FakeGenerator(),
        signer=signer,
        watermark=WATERMARK,
        features=FakeFeatures(),
        objects=objects,
        house=House(),
        model_name="fake model",
    )
    release = known_release(conn, "fake-1", CLOCK)
    return fulfil(conn, asked.id, pictures, release_id=release.id, clock=CLOCK)


def test_an_accepted_request_becomes_assets_with_their_origin(
    conn: Connection, signer: Signer, objects: ObjectStore
) -> None:
    asked = recorded(conn)
    assert asked.state is RequestState.pending
    ids = made(conn, asked, signer, objects)
    done = store.get(conn, asked.id)
    assert (done.state, done.release_id, done.finished_at) == (RequestState.done, "fake-1", NOON)
    assert store.asset_ids(conn, asked.id) == ids
    first = assets.get(conn, ids[0])
    assert (first.kind, first.contributor_id, first.title) == (AssetKind.generated, None, "a red apple")
    assert first.keywords == ("red", "apple")
    assert objects.has(first.sha256)
    image = store.images(conn, ids)[ids[1]]
    assert (image.index, image.attempts, image.release_id) == (1, 1, "fake-1")
    assert store.release_of(conn, ids[0]) == "fake-1"
    assert store.release_of(conn, "ast_none") is None
    embedding = assets.embeddings(conn, ids)[ids[0]]
    assert np.isclose(np.linalg.norm(embedding), 1, atol=1e-5)
    assert assets.nearest(conn, embedding, limit=1)[0].asset_id == ids[0]
    assert run_checks(conn) == []


def test_fulfilling_twice_enters_nothing_twice(
    conn: Connection, signer: Signer, objects: ObjectStore
) -> None:
    asked = recorded(conn)
    ids = made(conn, asked, signer, objects)
    assert made(conn, asked, signer, objects) == ids
    assert run_checks(conn) == []


def test_the_same_key_is_the_same_request(conn: Connection) -> None:
    first = recorded(conn)
    assert recorded(conn) == first
    with pytest.raises(RequestKeyReused, match="k1"):
        recorded(conn, prompt="a green apple")
    with pytest.raises(RequestKeyReused):
        recorded(conn, n=3)
    assert store.of_buyer(conn, first.order.buyer_id) == [first]


def test_a_refused_request_is_kept_with_its_reason_and_gets_no_pictures(
    conn: Connection, signer: Signer, objects: ObjectStore
) -> None:
    asked = recorded(conn, prompt="a severed head")
    assert asked.state is RequestState.refused
    assert asked.finished_at == NOON
    assert asked.decision["span"] == {"start": 2, "end": 14, "text": "severed head"}
    with pytest.raises(NotAccepted):
        made(conn, asked, signer, objects)
    give_up(conn, asked.id, "no", CLOCK)
    assert store.get(conn, asked.id).state is RequestState.refused


def test_a_request_in_review_waits_for_a_person(
    conn: Connection, signer: Signer, objects: ObjectStore
) -> None:
    decision = dataclasses.replace(decide("a severed head", load_policy()), decision=Verdict.REVIEW)
    asked = request(conn, Order("k1", add_buyer(conn), "a severed head", 1, 256), decision, CLOCK)
    assert (asked.state, asked.finished_at) == (RequestState.review, None)
    with pytest.raises(NotAccepted):
        made(conn, asked, signer, objects)
    assert "waits for a person" in news(asked)
    assert run_checks(conn) == []


def test_a_failed_request_may_be_tried_again(conn: Connection, signer: Signer, objects: ObjectStore) -> None:
    asked = recorded(conn)
    give_up(conn, asked.id, "The model caught fire.", CLOCK)
    failed = store.get(conn, asked.id)
    assert (failed.state, failed.failure) == (RequestState.failed, "The model caught fire.")
    assert run_checks(conn) == []
    again = recorded(conn)
    assert (again.state, again.failure, again.finished_at) == (RequestState.pending, None, None)
    assert len(made(conn, again, signer, objects)) == 2


def test_the_checks_find_what_should_not_be(conn: Connection, signer: Signer, objects: ObjectStore) -> None:
    asked = recorded(conn)
    ids = made(conn, asked, signer, objects)
    refused = recorded(conn, prompt="a severed head", key="k2")
    conn.execute(text("DELETE FROM generated_image WHERE asset_id = :id"), {"id": ids[1]})
    conn.execute(text("UPDATE generation_request SET state = 'done', release_id = 'fake-1' WHERE key = 'k2'"))
    broken = {rule.name: rule.rows for rule in run_checks(conn)}
    assert set(broken) == {
        "generation_done_is_complete",
        "generation_assets_have_origin",
        "generation_refused_was_blocked",
    }
    assert {row["id"] for row in broken["generation_done_is_complete"]} == {asked.id, refused.id}


def test_the_database_refuses_a_second_picture_at_the_same_place(
    conn: Connection, signer: Signer, objects: ObjectStore
) -> None:
    asked = recorded(conn)
    ids = made(conn, asked, signer, objects)
    images = store.images(conn, ids)
    with pytest.raises(IntegrityError):
        store.add_images(conn, [dataclasses.replace(images[ids[0]], index=1, asset_id=ids[0])])


class Wrong(FakeGenerator):
    """Delivers something else than was asked for."""

    def __init__(self, pictures: list[GeneratedPicture]) -> None:
        super().__init__()
        self.pictures = pictures

    def generate(self, prompt: str, seeds: object, size: int) -> list[GeneratedPicture]:
        return self.pictures


@pytest.mark.parametrize(
    ("png", "words"),
    [
        ([drawing("a", 1, 256)] * 2, "2 pictures instead of 1"),
        ([b"no picture"], "no PNG"),
        ([drawing("a", 1, 256)[:200]], "no PNG"),
        ([drawing("a", 1, 512)], "512 × 512 pixels instead of 256 × 256"),
    ],
)
def test_a_model_that_delivers_something_else_is_refused(
    conn: Connection, signer: Signer, objects: ObjectStore, png: list[bytes], words: str
) -> None:
    generator = Wrong([GeneratedPicture(each, 1, 1, (), None, None) for each in png])
    with pytest.raises(WrongPictures, match=words):
        produce(
            recorded(conn),
            generator=generator,
            signer=signer,
            watermark=WATERMARK,
            features=FakeFeatures(),
            objects=objects,
            house=House(),
            model_name="m",
        )
    assert list(objects.digests()) == []


def test_a_size_that_the_model_lacks_is_refused(
    conn: Connection, signer: Signer, objects: ObjectStore
) -> None:
    generator = FakeGenerator()
    generator.sizes = frozenset({512})
    with pytest.raises(BadSize, match="512"):
        produce(
            recorded(conn),
            generator=generator,
            signer=signer,
            watermark=WATERMARK,
            features=FakeFeatures(),
            objects=objects,
            house=House(),
            model_name="m",
        )


def test_a_request_that_is_not_there(conn: Connection) -> None:
    with pytest.raises(RequestNotFound):
        store.get(conn, "gen_none")


def test_only_the_buyer_of_a_picture_may_continue_from_it(
    conn: Connection, signer: Signer, objects: ObjectStore
) -> None:
    parent = made(conn, recorded(conn), signer, objects)[0]
    decision = decide("with a worm", load_policy())
    order = Order("k2", add_buyer(conn), "with a worm", 1, 256, OrderKind.refine, parent_asset_id=parent)
    asked = request(conn, order, decision, CLOCK)
    assert store.get(conn, asked.id).order == order
    assert request(conn, order, decision, CLOCK) == asked
    assert store.buyer_of(conn, parent) == order.buyer_id
    other = dataclasses.replace(order, key="k3", buyer_id=add_buyer(conn, "rival"))
    with pytest.raises(NotYours, match=parent):
        request(conn, other, decision, CLOCK)


def test_a_picture_must_be_stored_before_it_is_named(objects: ObjectStore) -> None:
    digest = objects.put(b"a picture")
    order = Order("k", "pty_1", "a cat", 1, 256, OrderKind.edit, source_sha256=digest)
    check_stored(objects, [order])
    with pytest.raises(PictureNotSent):
        check_stored(objects, [dataclasses.replace(order, mask_sha256="00" * 32)])
