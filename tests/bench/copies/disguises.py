"""What people do to a picture so that it is not seen to be somebody else's. Pure.

Each change takes an RGB picture and a source of chance, and gives another picture.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageOps

Change = Callable[[Image.Image, random.Random], Image.Image]


def saved(kind: str, quality: int) -> Change:
    """Encoded and decoded again."""

    def changed(image: Image.Image, _: random.Random) -> Image.Image:
        file = io.BytesIO()
        image.save(file, kind, quality=quality)
        return Image.open(file).convert("RGB")

    return changed


def scaled(factor: float) -> Change:
    """So many times as wide and high."""

    def changed(image: Image.Image, _: random.Random) -> Image.Image:
        size = max(16, round(image.width * factor)), max(16, round(image.height * factor))
        return image.resize(size, Image.Resampling.LANCZOS)

    return changed


def few_colours(image: Image.Image, _: random.Random) -> Image.Image:
    """A palette of 32."""
    return image.quantize(32).convert("RGB")


def mirrored(image: Image.Image, _: random.Random) -> Image.Image:
    """Left is right."""
    return ImageOps.mirror(image)


def bordered(share: float, colour: str) -> Change:
    """A border all around, as broad as this share of the shorter side."""

    def changed(image: Image.Image, _: random.Random) -> Image.Image:
        return ImageOps.expand(image, round(share * min(image.size)), colour)

    return changed


def cropped(share: float) -> Change:
    """This share of the width and of the height, from anywhere."""

    def changed(image: Image.Image, dice: random.Random) -> Image.Image:
        width, height = round(image.width * share), round(image.height * share)
        left, top = dice.randint(0, image.width - width), dice.randint(0, image.height - height)
        return image.crop((left, top, left + width, top + height))

    return changed


def turned(degrees: float, ground: str = "white") -> Change:
    """To the left or to the right, the corners filled."""

    def changed(image: Image.Image, dice: random.Random) -> Image.Image:
        way = degrees * dice.choice((-1, 1))
        return image.rotate(way, Image.Resampling.BICUBIC, expand=True, fillcolor=ground)

    return changed


def turned_and_cut(degrees: float) -> Change:
    """To the left or to the right, and the empty corners cut away."""

    def changed(image: Image.Image, dice: random.Random) -> Image.Image:
        sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
        width, height = image.size
        kept = min(width / (width * cosine + height * sine), height / (width * sine + height * cosine))
        left, top = math.ceil(width * (1 - kept) / 2), math.ceil(height * (1 - kept) / 2)
        turned_image = image.rotate(degrees * dice.choice((-1, 1)), Image.Resampling.BICUBIC)
        return turned_image.crop((left, top, width - left, height - top))

    return changed


def text_bar(image: Image.Image, _: random.Random) -> Image.Image:
    """A dark bar with something like letters over the lowest seventh."""
    copy = image.copy()
    pen, (width, height) = ImageDraw.Draw(copy), copy.size
    pen.rectangle((0, height * 0.86, width, height), fill=(20, 30, 60))
    for number in range(14):
        left = width * (0.08 + 0.06 * number)
        pen.rectangle((left, height * 0.9, left + width * 0.03, height * 0.96), fill="white")
    return copy


def logo(image: Image.Image, dice: random.Random) -> Image.Image:
    """A round sign, a quarter of the shorter side, in one of the corners."""
    copy = image.copy()
    pen, (width, height) = ImageDraw.Draw(copy), copy.size
    side = 0.25 * min(width, height)
    left = dice.choice((0.03 * width, 0.97 * width - side))
    top = dice.choice((0.03 * height, 0.97 * height - side))
    pen.ellipse((left, top, left + side, top + side), fill=(200, 30, 30))
    inner = (left + side * 0.3, top + side * 0.3, left + side * 0.7, top + side * 0.7)
    pen.ellipse(inner, fill=(255, 240, 200))
    return copy


def stamped(image: Image.Image, _: random.Random) -> Image.Image:
    """Three lines of translucent words, as agencies put over their previews."""
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    pen, (width, height) = ImageDraw.Draw(layer), image.size
    for row in range(3):
        place = width * 0.08, height * (0.12 + 0.3 * row)
        size = max(8, min(width, height) // 7)
        pen.text(place, "SAMPLE SAMPLE", fill=(128, 128, 128, 130), font_size=size)
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def after(*changes: Change) -> Change:
    """One change after the other."""

    def changed(image: Image.Image, dice: random.Random) -> Image.Image:
        for each in changes:
            image = each(image, dice)
        return image

    return changed


CHANGES: dict[str, Change] = {
    "JPEG 40": saved("JPEG", 40),
    "WebP 50": saved("WEBP", 50),
    "32 colours": few_colours,
    "at 40 %": scaled(0.4),
    "at 200 %": scaled(2),
    "white border 10 %": bordered(0.1, "white"),
    "black border 8 %": bordered(0.08, "black"),
    "text bar": text_bar,
    "logo": logo,
    "stamped": stamped,
    "mirrored": mirrored,
    "turned 2°": turned(2),
    "turned 5°": turned(5),
    "turned 10°": turned(10),
    "turned 8°, cut": turned_and_cut(8),
    "turned 5°, black corners": turned(5, "black"),
    "cropped to 70 %": cropped(0.7),
    "cropped to 85 %": cropped(0.85),
    "cropped to 70 %, JPEG 60": after(cropped(0.7), saved("JPEG", 60)),
    "mirrored, turned 5°, JPEG 70": after(mirrored, turned(5), saved("JPEG", 70)),
    "mirrored, cropped to 70 %, JPEG 70": after(mirrored, cropped(0.7), saved("JPEG", 70)),
    "turned 5°, cut, at 50 %, JPEG 60": after(turned_and_cut(5), scaled(0.5), saved("JPEG", 60)),
}
"""Every kind that the bench counts by itself."""
