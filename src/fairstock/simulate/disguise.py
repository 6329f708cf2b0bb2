"""Pictures that somebody makes who wants votes and not pictures."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from fairstock.asset.rules import flattened

COPIES = 10

Picture = Image.Image


def disguised(picture: Picture, dice: random.Random) -> list[Picture]:
    """Ten ways in which people disguise a copy, each as strong as it happens to be."""
    plain = flattened(picture)
    width, height = plain.size
    factor, cut = dice.uniform(0.5, 0.9), dice.uniform(0.03, 0.08)
    sizes = max(8, round(width * factor)), max(8, round(height * factor))
    inner = (round(width * cut), round(height * cut), round(width * (1 - cut)), round(height * (1 - cut)))
    angle = dice.choice((-1, 1)) * dice.uniform(2, 8)
    written = plain.copy()
    place = (round(width * dice.uniform(0, 0.5)), round(height * dice.uniform(0.1, 0.9)))
    ImageDraw.Draw(written).text(place, "© me", fill="red", font_size=max(10, width // 12))
    border = max(2, round(width * dice.uniform(0.02, 0.12)))
    return [
        ImageOps.mirror(plain),
        plain.resize(sizes),
        plain.crop(inner),
        plain.rotate(angle, Image.Resampling.BICUBIC, fillcolor="white"),
        ImageOps.expand(plain, border=border, fill=dice.choice(("black", "white", "navy"))),
        written,
        _noisy(plain, dice),
        ImageEnhance.Brightness(plain).enhance(dice.uniform(0.75, 1.15)),
        ImageEnhance.Color(plain).enhance(dice.uniform(0.2, 1.6)),
        plain.quantize(dice.choice((16, 32, 64))).convert("RGB"),
    ]


def fillers(dice: random.Random) -> list[Picture]:
    """Ten quick drawings of nothing."""
    made = []
    for _ in range(COPIES):
        picture = Image.new("RGB", (256, 256), "white")
        draw = ImageDraw.Draw(picture)
        for _ in range(3):
            corners = sorted(dice.sample(range(256), 2)), sorted(dice.sample(range(256), 2))
            colour = tuple(dice.randrange(230) for _ in range(3))
            draw.ellipse((corners[0][0], corners[1][0], corners[0][1], corners[1][1]), fill=colour)
        made.append(picture)
    return made


def _noisy(plain: Picture, dice: random.Random) -> Picture:
    size = (plain.height, plain.width, 3)
    noise = np.random.default_rng(dice.randrange(1 << 32)).normal(0, dice.uniform(3, 9), size)
    return Image.fromarray(np.clip(np.asarray(plain) + noise, 0, 255).astype(np.uint8))
