"""Local features of whole pictures place copies, say how much speaks for it, and know strangers."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from factories.drawings import PICTURES, drawing
from PIL import Image, ImageDraw, ImageOps

from fairstock.screening.model import Laid
from fairstock.screening.overlay import Held, Plates, lay_nearest, local_features
from fairstock.screening.overlay.local import Local
from fairstock.screening.overlay.match import positions, seen_at
from fairstock.upload.picture import sketch_of, working_picture
from tests.bench.copies.disguises import CHANGES

WORKS = [path for path in PICTURES if len(local_features(drawing(path)).places) >= 40]


def plates(image: Image.Image) -> Plates:
    """As an upload is compared: what it shows, and its local features."""
    picture = working_picture(image)
    return Plates(sketch_of(picture), *picture.size, local_features(picture))


@cache
def work(path: Path) -> Plates:
    return plates(drawing(path))


def laid(upload: Image.Image, path: Path) -> Laid | None:
    return lay_nearest(Held(plates(upload)), [work(path)], 6, [])[0]


@pytest.mark.parametrize("name", CHANGES)
def test_changed_copies_are_told_by_features_alone(name: str) -> None:
    found = 0
    for number, path in enumerate(WORKS[:6]):
        told = laid(CHANGES[name](drawing(path), random.Random(number)), path)
        found += told is not None and told.features >= 8 and told.feature_cells >= 0.4
        if told is not None:
            assert told.mirrored is name.startswith("mirrored")
    assert found >= 5


def test_the_position_is_exact() -> None:
    picture = drawing(WORKS[0])
    right, under = round(picture.width * 0.7), round(picture.height * 0.7)
    told = laid(picture.crop((0, 0, right, under)), WORKS[0])
    assert told is not None
    assert told.box == pytest.approx((0, 0, 0.7, 0.7), abs=0.04)
    assert told.size == pytest.approx(0.7, abs=0.02)


def test_a_picture_agrees_with_itself_everywhere_and_its_mirror_image_mirrored() -> None:
    own = work(WORKS[1])
    assert own.features is not None
    assert own.both_features is not None
    match = seen_at(own.features, own.both_features, np.eye(2, 3))
    assert (match.of_work, match.of_upload, match.cells, match.missing) == (1, 1, 1, 0)
    turned = plates(ImageOps.mirror(drawing(WORKS[1]))).both_features
    assert turned is not None
    first = positions(own.features, turned)[0]
    assert first == pytest.approx(np.array([[-1, 0, own.frame[2]], [0, 1, 0]]), abs=0.02)


def test_strangers_have_few_features_in_common() -> None:
    for number, one in enumerate(WORKS):
        for other in WORKS[number + 1 :]:
            told = laid(drawing(one), other)
            assert told is None or told.features < 10 or told.kept < 0.45, (one, other)


def test_features_that_are_missing_speak_against_a_position() -> None:
    one, other = work(WORKS[0]), work(WORKS[2])
    assert one.both_features is not None
    assert other.features is not None
    assert seen_at(other.features, one.both_features, np.eye(2, 3)).missing > 2


def test_hair_thin_lines_are_told_where_sketches_show_nothing() -> None:
    """A picture of lines that are gone at 64 pixels: only its features can tell a part of it."""
    picture = Image.new("RGB", (900, 900), "white")
    pen, dice = ImageDraw.Draw(picture), random.Random(3)
    for _ in range(60):
        x, y = dice.randint(20, 800), dice.randint(20, 800)
        ends = [(x + dice.randint(0, 80), y + dice.randint(0, 80)) for _ in range(3)]
        pen.line(ends, fill=(190, 190, 190), width=2)
    told = lay_nearest(Held(plates(picture.crop((100, 100, 800, 800)))), [plates(picture)], 6, [])[0]
    assert told is not None
    assert told.features >= 12
    assert told.features_missing == 0


def test_without_features_the_sketches_decide_as_before() -> None:
    picture = drawing(WORKS[3])
    bare = Plates(sketch_of(picture), *picture.size)
    told = lay_nearest(Held(bare), [work(WORKS[3])], 6)[0]
    assert told is not None
    assert told.agreement > 0.9
    assert (told.features, told.features_missing) == (0, 0)


def test_a_picture_without_features_is_compared_with_nothing() -> None:
    empty = Plates(bytes(64 * 64 * 3), 64, 64, Local.unpacked(b""))
    assert lay_nearest(Held(empty), [work(WORKS[0])], 6, []) == [None]
