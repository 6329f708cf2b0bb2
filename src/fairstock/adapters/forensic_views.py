"""Brings pictures of both kinds through the same histories, so that no history tells them apart.

A file's past (scaling, cropping, JPEG) leaves traces that differ between collections of AI pictures and of
human ones. Each training picture is therefore seen as it is, at 768 pixels as JPEG 85, and in random views
whose crops, sizes and compressions are drawn alike for both kinds.
"""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image

NATIVE, EQUALISED, MODERN = "native", "equalised", "modern"
LONGEST = 2560
"""Larger pictures are brought to this before anything else."""
_EQUAL = 768
_EQUAL_QUALITY = 85
_MODERN = (("WEBP", 30), ("WEBP", 50), ("WEBP", 75), ("WEBP", 85), ("AVIF", 50))
"""Formats whose decoders smooth the borders of blocks, as no JPEG's does, and so look like a generator's to
whoever has seen them on one side only.
"""
_FILTERS = (
    Image.Resampling.BICUBIC,
    Image.Resampling.BILINEAR,
    Image.Resampling.LANCZOS,
    Image.Resampling.BOX,
)


def view(picture: Image.Image, name: str, number: int) -> Image.Image:
    """The view called ``name`` (one of those above, or a number as text) of picture ``number``."""
    if max(picture.size) > LONGEST:
        picture = scaled(picture, LONGEST)
    if name == NATIVE:
        return picture
    if name == EQUALISED:
        return saved(scaled(picture, _EQUAL), "JPEG", _EQUAL_QUALITY)
    if name == MODERN:
        small = scaled(picture, _EQUAL) if max(picture.size) > _EQUAL else picture
        return saved(small, *_MODERN[number % len(_MODERN)])
    return _random_view(picture, np.random.default_rng([number, int(name)]))


def scaled(
    picture: Image.Image, longest: int, resampling: Image.Resampling = Image.Resampling.BICUBIC
) -> Image.Image:
    """The picture with this longer side."""
    factor = longest / max(picture.size)
    width, height = (max(16, round(side * factor)) for side in picture.size)
    return picture.resize((width, height), resampling)


def saved(picture: Image.Image, form: str, quality: int) -> Image.Image:
    """The picture after a lossy save."""
    buffer = io.BytesIO()
    picture.save(buffer, form, quality=quality)
    with Image.open(io.BytesIO(buffer.getvalue())) as again:
        return again.convert("RGB")


def _random_view(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Cropped, scaled down, perhaps up again, perhaps saved once or twice, perhaps mirrored."""
    picture = _random_crop(picture, random)
    longest = int(math.exp(random.uniform(math.log(288), math.log(640))))
    if max(picture.size) > longest:
        picture = scaled(picture, longest, _FILTERS[random.integers(4)])
    if random.random() < 0.35:
        picture = saved(picture, "JPEG", int(random.integers(65, 96)))
    if random.random() < 0.5:
        picture = scaled(picture, int(random.uniform(max(picture.size), 896)), _FILTERS[random.integers(3)])
    chance = random.random()
    if chance < 0.8:
        picture = saved(picture, "JPEG" if chance < 0.6 else "WEBP", int(random.integers(60, 97)))
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else picture


def _random_crop(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """55 to 100 % of the area, in a changed shape."""
    share, tilt = math.sqrt(random.uniform(0.55, 1.0)), math.exp(random.uniform(-0.25, 0.25))
    width = max(1, min(picture.width, int(picture.width * share * tilt)))
    height = max(1, min(picture.height, int(picture.height * share / tilt)))
    left, top = random.integers(0, picture.width - width + 1), random.integers(0, picture.height - height + 1)
    return picture.crop((int(left), int(top), int(left) + width, int(top) + height))
