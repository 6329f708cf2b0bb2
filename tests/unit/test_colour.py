"""Colours count where a copy lies: what is drawn alike in other colours is none."""

from __future__ import annotations

import math
import random

import pytest
from factories.drawings import PICTURES, drawing
from PIL import Image, ImageDraw

from fairstock.screening.copies import laid_evidence
from fairstock.screening.model import Laid, Observation, ObservationKind, Outcome
from fairstock.screening.overlay import Held, Plates, lay_nearest, local_features
from fairstock.screening.overlay.match import Features, positions
from fairstock.screening.policy import shipped
from fairstock.screening.rules import decide
from fairstock.upload.picture import sketch_of, working_picture
from tests.bench.copies.disguises import CHANGES


def plates(image: Image.Image) -> Plates:
    picture = working_picture(image)
    return Plates(sketch_of(picture), *picture.size, local_features(picture))


def laid(upload: Image.Image, work: Image.Image) -> Laid | None:
    return lay_nearest(Held(plates(upload)), [plates(work)], 6)[0]


def flag(middle: str) -> Image.Image:
    """Three stripes, a little drawn on the outer ones."""
    picture = Image.new("RGB", (480, 320), "#fcd116")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((160, 0, 319, 320), fill=middle)
    pen.rectangle((320, 0, 480, 320), fill="#ce1126")
    for left, colour in ((40, "black"), (360, "white")):
        pen.polygon([(left, 60), (left + 80, 90), (left + 20, 150)], fill=colour)
        pen.ellipse((left + 20, 190, left + 70, 260), outline=colour, width=9)
    return picture


def decided(found: Laid | None) -> Outcome:
    assert found is not None
    evidence = laid_evidence(found) | {"relation": "somebody_else", "exact": False, "mirrored": False}
    evidence |= {"title": "", "difference": 1.0, "worst_block": 1.0, "aspect": 1.0, "contrast": 0.2}
    return decide([Observation(ObservationKind.COPY, "w", evidence, "", "")], shipped()).outcome


def test_flags_that_differ_in_one_colour_are_no_copies_and_the_same_flag_is_one() -> None:
    one, other = flag("#14b53a"), flag("#002664")
    found = laid(one, other)
    assert found is not None
    assert (found.kept_corners >= 0.65, found.features >= 8) == (True, True)
    assert 0.55 < found.colours < 0.7
    assert decided(found) is Outcome.ACCEPT
    assert decided(laid(CHANGES["logo"](one, random.Random(1)), one)) is not Outcome.ACCEPT


@pytest.mark.parametrize("name", CHANGES)
def test_colours_of_a_copy_agree_whatever_was_done_to_it(name: str) -> None:
    found = [laid(CHANGES[name](drawing(path), random.Random(2)), drawing(path)) for path in PICTURES[:6]]
    assert sum(each is not None and each.colours >= 0.75 for each in found) >= 5


def ring(degrees: float) -> Image.Image:
    """Eight signs in a ring that look the same every 45 degrees, and one that does not."""
    picture = Image.new("RGB", (480, 480), "white")
    pen = ImageDraw.Draw(picture)
    for number in range(8):
        turn = math.radians(45 * number)
        across, down = math.cos(turn), math.sin(turn)
        points = ((120, -14), (200, 0), (120, 14))
        pen.polygon([(240 + x * across - y * down, 240 + x * down + y * across) for x, y in points], "navy")
    pen.rectangle((225, 225, 275, 245), fill="red")
    return picture.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white")


@pytest.mark.parametrize("degrees", [-2, 9])
def test_what_looks_the_same_in_many_turns_is_tried_upright_too(degrees: float) -> None:
    work, upload = (
        Features.of(local_features(working_picture(ring(turn))), (1.0, 1.0)) for turn in (0, degrees)
    )
    turns = [
        math.degrees(math.atan2(matrix[1, 0], matrix[0, 0]))
        for matrix in positions(work, (upload, upload.mirrored()))
    ]
    assert any(abs(turn + degrees) < 2 for turn in turns), turns
