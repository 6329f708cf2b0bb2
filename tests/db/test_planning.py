"""Diversity plans are kept with requests, drawn picture by picture, and counted."""

from __future__ import annotations

from collections.abc import Sequence

from factories.core import NOON, add_buyer
from fakes.pictures import FakeFeatures, FakeGenerator
from sqlalchemy import Connection

from fairstock.adapters.c2pa_signer import C2paSigner
from fairstock.adapters.dev_keys import make_chain
from fairstock.adapters.watermark import SpectrumWatermark
from fairstock.generation import store
from fairstock.generation.fulfil import fulfil
from fairstock.generation.model import GeneratedPicture, Order, Request
from fairstock.generation.produce import produce
from fairstock.generation.request import request
from fairstock.generation.store.planned import planned_shares
from fairstock.kit.clock import FixedClock
from fairstock.kit.objects import ObjectStore
from fairstock.moderation.policy import load_policy
from fairstock.moderation.rules import decide
from fairstock.provenance.model import House
from fairstock.training.register import known_release

CLOCK = FixedClock(NOON)
WATERMARK = SpectrumWatermark(bytes(32))


class Listening(FakeGenerator):
    """Remembers what it was asked to draw."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def generate(self, prompt: str, seeds: Sequence[int], size: int) -> list[GeneratedPicture]:
        self.heard.append(prompt)
        return super().generate(prompt, seeds, size)


def asked(conn: Connection, key: str, prompt: str, **options: str) -> Request:
    order = Order(key, add_buyer(conn), prompt, 4, 256, options=options)
    return request(conn, order, decide(prompt, load_policy()), CLOCK)


def test_a_plan_is_kept_and_drawn_picture_by_picture(conn: Connection, objects: ObjectStore) -> None:
    planned = asked(conn, "k", "a photo of a nurse")
    assert planned.plan is not None
    assert (planned.plan["rule"], planned.plan["person"]) == ("diversity.unstated-person", "nurse")
    prompts = [planned.prompt_of(index) for index in range(4)]
    assert len(set(prompts)) > 1
    assert all(prompt.startswith("a photo of a nurse (") for prompt in prompts)
    assert store.get(conn, planned.id) == planned == asked(conn, "k", "a photo of a nurse")
    generator = Listening()
    pictures = produce(
        planned,
        generator=generator,
        signer=C2paSigner(make_chain()),
        watermark=WATERMARK,
        features=FakeFeatures(),
        objects=objects,
        house=House(),
        model_name="fake",
    )
    assert generator.heard == prompts
    release = known_release(conn, "fake-1", CLOCK)
    fulfil(conn, planned.id, pictures, release_id=release.id, clock=CLOCK)
    shares = planned_shares(conn)
    assert {(share.person, share.of) for share in shares} == {("nurse", 4)}
    assert sum(share.pictures for share in shares if share.attribute == "gender") == 4


def test_nothing_is_planned_when_switched_off_stated_or_refused(conn: Connection) -> None:
    for number, (prompt, options) in enumerate(
        [
            ("a photo of a nurse", {"diversity": "off"}),
            ("a photo of a woman working as a nurse", {}),
            ("a nurse with a severed head", {}),
            ("a red apple", {}),
        ]
    ):
        recorded = asked(conn, f"k{number}", prompt, **options)
        assert recorded.plan is None
        assert recorded.prompt_of(2) == prompt
    assert planned_shares(conn) == []
