"""The looks for rights and safety: what they note, and that costly ones run only where a cheap one asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from factories.core import picture
from factories.people import SKIN, portrait
from PIL import Image

from fairstock.adapters.rapid_text import Words
from fairstock.adapters.slime_faces import SlimeFaces
from fairstock.screening.model import Observation, ObservationKind, Outcome
from fairstock.screening.policy import shipped
from fairstock.screening.rights.cheap import may_show_skin, nudity_probe, overlay_probe
from fairstock.screening.rights.looks import Item, Looks
from fairstock.screening.rules import decide


@dataclass(frozen=True)
class Score:
    """A classifier's answer."""

    nudity: float


class Nudity:
    """Answers with one score, and remembers how often it was asked."""

    version = "test"

    def __init__(self, score: float = 0.0) -> None:
        self.score, self.asked = score, 0

    def look(self, pictures: Sequence[Image.Image]) -> list[Score]:
        """The same score for every picture."""
        self.asked += len(pictures)
        return [Score(self.score) for _ in pictures]


class Page:
    """Reads the same lines in every picture, and remembers how often it was asked."""

    version = "test"

    def __init__(self, *lines: str) -> None:
        self.lines, self.asked = lines, 0

    def read(self, picture: Image.Image) -> list[Words]:
        """The lines, all over the picture."""
        self.asked += 1
        return [Words(line, 0.9, (0.0, 0.0, 1.0, 0.1)) for line in self.lines]


def seen_in(item: Item, nudity: float = 0.0) -> list[Observation]:
    return Looks(SlimeFaces(), Nudity(nudity), Page()).look([item])[item.key]


def test_a_photographed_face_needs_a_release() -> None:
    (found,) = seen_in(Item("u", portrait((512, 400)), 4000))
    assert (found.kind, found.value) == (ObservationKind.FACES, "1")
    assert found.evidence["pixels"] == pytest.approx(1150, abs=150)
    verdict = decide([found], shipped())
    assert verdict.outcome is Outcome.REVIEW
    assert verdict.codes == ["face_without_release"]
    assert "model_release" in verdict.reasons[0].next_step
    (released,) = seen_in(Item("u", portrait((512, 400)), 4000, release="release-17.pdf"))
    assert released.evidence["release"] == "release-17.pdf"
    assert decide([released], shipped()).outcome is Outcome.ACCEPT


def test_a_face_too_small_to_be_recognised_passes() -> None:
    small = seen_in(Item("u", portrait((512, 400), share=0.3), 120))
    assert decide(small, shipped()).outcome is Outcome.ACCEPT


def test_drawn_faces_are_no_people() -> None:
    assert seen_in(Item("u", portrait((512, 400), photographed=False), 4000)) == []


def test_the_classifier_of_nudity_is_asked_only_where_there_is_skin() -> None:
    nudity = Nudity(0.9)
    looks = Looks(SlimeFaces(), nudity, Page())
    blue = Item("blue", Image.new("RGB", (300, 200), (40, 90, 200)), 300)
    skin = Item("skin", Image.new("RGB", (300, 200), SKIN), 300)
    found = looks.look([blue, skin, Item("again", blue.picture, 300)])
    assert nudity.asked == 1
    assert looks.asked == {"seen": 3, "nudity": 1, "text": 0}
    assert found["blue"] == found["again"] == []
    verdict = decide(found["skin"], shipped())
    assert (verdict.outcome, verdict.codes) == (Outcome.REVIEW, ["nudity"])


def test_the_probe_spares_pictures_whose_features_say_nothing_of_nudity() -> None:
    probe, picture_of_skin = nudity_probe(), Image.new("RGB", (300, 200), SKIN)
    for sign, asked in ((1, 1), (-1, 0)):
        nudity = Nudity(0.9)
        vector = (sign * 9 * probe.weights).tolist()
        item = Item("u", picture_of_skin, 300, vector=vector, vector_version=probe.features)
        Looks(SlimeFaces(), nudity, Page()).look([item])
        assert nudity.asked == asked


def test_grey_photographs_are_asked_about_and_grey_drawings_are_not() -> None:
    assert may_show_skin(portrait((512, 400)).convert("L").convert("RGB"))
    flat = Image.new("RGB", (300, 200), "white")
    flat.paste((90, 90, 90), (50, 50, 150, 150))
    assert not may_show_skin(flat)
    assert not may_show_skin(Image.new("RGB", (300, 200), (20, 140, 60)))


def test_a_low_score_is_not_even_noted() -> None:
    skin = Item("skin", Image.new("RGB", (300, 200), SKIN), 300)
    assert seen_in(skin, 0.1) == []
    assert decide(seen_in(skin, 0.5), shipped()).outcome is Outcome.ACCEPT


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Fox, made with Midjourney", "caption_claim"),
        ("Concert, editorial use only", "caption_claim"),
        ("Mill, photo by Anna Schmidt", "caption_claim"),
    ],
)
def test_claims_of_captions_lead_to_a_person(title: str, code: str) -> None:
    verdict = decide(seen_in(Item("u", picture(1), 400, {"title": [title]})), shipped())
    assert (verdict.outcome, verdict.codes) == (Outcome.REVIEW, [code])
    assert "unknown" not in verdict.reasons[0].sentence


def test_an_ordinary_upload_shows_nothing() -> None:
    fields = {"title": ["Green hills"], "keywords": ["hill", "green"], "description": [""]}
    assert seen_in(Item("u", picture(3), 400, fields)) == []


def suspected(**more: Any) -> Item:
    """An upload over which the probe suspects lettering."""
    probe = overlay_probe()
    return Item("u", picture(2), 400, vector=probe.weights.tolist(), vector_version=probe.features, **more)


def test_text_is_read_only_where_the_probe_asks() -> None:
    page = Page("shutterst0ck", "SHUTTERSTOCK", "nothing of note")
    looks = Looks(SlimeFaces(), Nudity(), page)
    assert looks.look([Item("u", picture(2), 400)]) == {"u": []}
    other = Item("u", picture(2), 400, vector=[-1.0] * 1280, vector_version="another model")
    assert looks.look([other]) == {"u": []}
    assert page.asked == 0
    (found,) = looks.look([suspected()])["u"]
    assert page.asked == looks.asked["text"] == 1
    assert (found.kind, found.value, found.evidence["times"]) == ("agency_text", "Shutterstock", 2)
    verdict = decide([found], shipped())
    assert (verdict.outcome, verdict.codes) == (Outcome.REVIEW, ["agency_text"])
    assert "Shutterstock" in verdict.reasons[0].sentence


def test_metadata_that_names_an_agency_as_owner_is_noted() -> None:
    owners = (("photoshop:Credit", "Getty Images"), ("dc:rights", "Jane Doe"))
    (found,) = seen_in(Item("u", picture(2), 400, owners=owners))
    assert (found.value, found.evidence["where"]) == ("Getty Images", "the field photoshop:Credit")
    assert decide([found], shipped()).outcome is Outcome.REVIEW
