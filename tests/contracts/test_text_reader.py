"""The reader of text: lettering laid over a picture is read, and an empty picture says nothing."""

from __future__ import annotations

import pytest
from factories.core import picture
from factories.people import portrait
from PIL import Image, ImageDraw, ImageFont

from fairstock.adapters.rapid_text import RapidText
from fairstock.screening.rights.agency import agency_in


@pytest.fixture(scope="module")
def reader() -> RapidText:
    return RapidText()


def lettered(words: str, *, opacity: float) -> Image.Image:
    """A photographic scene with translucent white lettering across it."""
    scene = portrait((512, 384), share=0.2).convert("RGBA")
    layer = Image.new("RGBA", scene.size, (255, 255, 255, 0))
    font = ImageFont.load_default(54)
    ImageDraw.Draw(layer).text((40, 300), words, font=font, fill=(255, 255, 255, int(255 * opacity)))
    return Image.alpha_composite(scene, layer).convert("RGB")


def test_translucent_lettering_is_read_with_its_place(reader: RapidText) -> None:
    lines = reader.read(lettered("shutterstock", opacity=0.6))
    (named,) = [line for line in lines if agency_in(line.text) == "Shutterstock"]
    left, top, width, height = named.box
    assert 0 <= left < left + width <= 1.01
    assert 0.7 < top < top + height <= 1.01
    assert 0.5 < named.confidence <= 1


def test_pictures_without_lettering_name_nobody(reader: RapidText) -> None:
    for image in (portrait((512, 384)), picture(1), picture(2, (31, 900)), Image.new("L", (64, 64))):
        assert [line for line in reader.read(image) if agency_in(line.text)] == []
