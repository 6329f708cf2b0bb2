"""Disguises that a copy wears are taken off before near-duplicates are sought."""

from __future__ import annotations

import numpy as np
import pytest
from factories.core import picture
from PIL import Image, ImageEnhance, ImageOps

from fairstock.adapters.house_model.views import bare

ON_WHITE = ImageOps.expand(picture(3), 40, "white")


def apart(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of the views, 0 to 255."""
    left, right = (np.asarray(bare(each), dtype=np.float32) for each in (one, other))
    return float(np.abs(left - right).mean())


@pytest.mark.parametrize(
    "disguised",
    [
        ImageOps.expand(ON_WHITE, 20, "black"),
        ImageOps.expand(ImageOps.expand(ON_WHITE, 12, "navy"), 9, "gold"),
        ImageEnhance.Brightness(ON_WHITE).enhance(0.8),
        ON_WHITE.resize((180, 150)),
    ],
    ids=["border", "two borders", "darker", "smaller"],
)
def test_a_disguise_comes_off(disguised: Image.Image) -> None:
    assert apart(ON_WHITE, disguised) < 8
    assert apart(ON_WHITE, ImageOps.expand(picture(4), 40, "white")) > 25


@pytest.mark.parametrize("colour", ["white", "black", "red"])
def test_a_plain_picture_has_a_view_too(colour: str) -> None:
    assert bare(Image.new("RGB", (300, 20), colour)).size == (128, 128)


def test_transparency_is_white() -> None:
    clear = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
    assert np.asarray(bare(clear)).min() == 255
