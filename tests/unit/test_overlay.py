"""An upload laid on a work: the change that was made is found again, and strangers do not fit."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import pytest
from factories.drawings import PICTURES, drawing, plates
from PIL import Image, ImageOps

from fairstock.screening.copies import change
from fairstock.screening.model import Laid
from fairstock.screening.overlay import Held, lay
from fairstock.upload.picture import working_picture
from tests.bench.copies.disguises import CHANGES


def laid(changed: Image.Image, original: Image.Image) -> Laid | None:
    return lay(Held(plates(changed)), plates(original))


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_copy_fits_its_original(name: str) -> None:
    found = 0
    for number, path in enumerate(PICTURES[:6]):
        changed = CHANGES[name](drawing(path), random.Random(number))
        fits = laid(changed, drawing(path))
        found += fits is not None and fits.agreement >= 0.5
    assert found >= 5


def test_the_position_is_found_again() -> None:
    dice = random.Random(4)
    found = sum(position_found(drawing(PICTURES[number % 6]), dice) for number in range(30))
    assert found >= 28  # a picture that is nearly its own mirror image may be found as that


def position_found(original: Image.Image, dice: random.Random) -> bool:
    """Whether a picture that was turned, cut and perhaps mirrored is laid where it was."""
    degrees, kept, mirrored = dice.uniform(-9, 9), dice.uniform(0.7, 1), dice.random() < 0.5
    changed = ImageOps.mirror(original) if mirrored else original
    changed = changed.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white")
    width, height = changed.size
    left, top = width * (1 - kept) / 2, height * (1 - kept) / 2
    changed = changed.crop((round(left), round(top), round(width - left), round(height - top)))
    fits = laid(changed, original)
    return (
        fits is not None
        and fits.agreement >= 0.9
        and fits.size == pytest.approx(kept, abs=0.05)
        and (fits.mirrored is not mirrored or abs(fits.degrees) == pytest.approx(abs(degrees), abs=1.5))
    )


def test_strangers_do_not_fit() -> None:
    for number, one in enumerate(PICTURES):
        for other in PICTURES[number + 1 :]:
            fits = laid(drawing(one), drawing(other))
            assert fits is None or fits.agreement < 0.7 or fits.blocks < 6, (one, other)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Image.new("RGB", (64, 64), "white"),
        lambda: Image.new("RGB", (300, 2), "red"),
        lambda: Image.new("RGB", (1, 500), "black"),
        lambda: Image.effect_noise((90, 70), 60).convert("RGB"),
    ],
)
def test_empty_and_strange_pictures_fit_nothing(make: Callable[[], Image.Image]) -> None:
    odd, drawn = make(), drawing(PICTURES[0])
    for one, other in ((odd, drawn), (drawn, odd), (odd, Image.new("RGB", (50, 50), "white"))):
        fits = laid(one, other)
        assert fits is None or fits.blocks < 6


def test_a_change_in_words() -> None:
    same = Laid(
        agreement=1.0,
        blocks=20,
        corners=9.0,
        kept=1.0,
        kept_corners=1.0,
        apart=0.01,
        of_work=0.49,
        of_upload=0.8,
        mirrored=True,
        degrees=-4.8,
        size=0.7,
        box=(0.0, 0.0, 0.7, 0.7),
    )
    assert change(same) == "mirrored, turned by 5 degrees, cut to 49 % of it, set into a frame"


def test_a_picture_saved_as_a_small_jpeg_is_told_in_words() -> None:
    file = io.BytesIO()
    drawing(PICTURES[1]).save(file, "JPEG", quality=60)
    fits = laid(working_picture(Image.open(file)), drawing(PICTURES[1]))
    assert fits is not None
    assert change(fits) == "hardly changed"
