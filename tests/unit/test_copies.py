"""Sketches laid on each other: copies match, other works do not, mirrors are seen as mirrors."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from factories.core import picture
from factories.files import encoded
from PIL import Image, ImageDraw, ImageOps

from fairstock.screening.copies import compare
from fairstock.upload.picture import sketch_of, working_picture

WAYS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "jpeg": lambda image: again(encoded(image, "JPEG", quality=40)),
    "webp": lambda image: again(encoded(image, "WEBP", quality=50)),
    "palette": lambda image: again(encoded(image.quantize(32), "PNG")),
    "smaller": lambda image: image.resize((image.width // 2, image.height // 2)),
    "larger": lambda image: image.resize((image.width * 2, image.height * 2)),
    "mirrored": ImageOps.mirror,
}


def again(data: bytes) -> Image.Image:
    return working_picture(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(4))
def test_a_copy_is_seen_as_one(way: str, seed: int) -> None:
    image = picture(seed)
    laid = compare(sketch_of(image), sketch_of(WAYS[way](image)))
    assert laid.difference < 0.35
    assert laid.worst_block < 0.06
    assert laid.mirrored is (way == "mirrored")


def test_other_works_are_far_apart() -> None:
    for one in range(6):
        for other in range(one + 1, 6):
            assert compare(sketch_of(picture(one)), sketch_of(picture(other))).difference > 0.5


def test_a_changed_detail_shows_in_the_worst_block() -> None:
    image = picture(1)
    changed = image.copy()
    ImageDraw.Draw(changed).ellipse((90, 60, 125, 95), fill="yellow", outline="red")
    laid = compare(sketch_of(image), sketch_of(changed))
    assert laid.difference < 0.35
    assert laid.worst_block > 0.06


def test_empty_pictures_have_no_contrast_and_no_division_by_zero() -> None:
    blank = sketch_of(Image.new("RGB", (50, 50), "white"))
    laid = compare(blank, blank)
    assert (laid.difference, laid.contrast, laid.mirrored) == (0.0, 0.0, False)
