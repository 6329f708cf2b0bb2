"""Drawn people for tests of looks at pictures: shaded and grainy like photographs, or flat as clip art."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SKIN = (224, 172, 140)


def face(width: int = 240, *, photographed: bool = True, seed: int = 1) -> Image.Image:
    """A face from the front, ``width`` pixels wide and a third higher, on grey."""
    size = (width, width * 4 // 3)
    picture = Image.new("RGB", size, (120, 130, 140))
    draw = ImageDraw.Draw(picture)
    _features(draw, width / 240)
    return _photographed(picture, seed) if photographed else picture


def portrait(
    size: tuple[int, int], *, share: float = 0.3, photographed: bool = True, seed: int = 1
) -> Image.Image:
    """A scene with one face, ``share`` of the longest side wide."""
    noise = np.random.default_rng(seed).normal(0, 10, (size[1], size[0], 3))
    ramp = np.linspace(60, 180, size[0])[None, :, None] + np.linspace(0, 40, size[1])[:, None, None]
    scene = Image.fromarray(np.clip(ramp + noise, 0, 255).astype(np.uint8))
    if not photographed:
        scene = Image.new("RGB", size, (90, 160, 220))
    head = face(round(share * max(size) * 1.45), photographed=photographed, seed=seed)
    scene.paste(head, ((size[0] - head.width) // 2, (size[1] - head.height) // 2))
    return scene


def _features(draw: ImageDraw.ImageDraw, unit: float) -> None:
    def box(*numbers: float) -> tuple[float, ...]:
        return tuple(number * unit for number in numbers)

    draw.ellipse(box(28, 6, 212, 230), fill=(60, 40, 30))
    draw.rectangle(box(92, 240, 148, 320), fill=(205, 150, 120))
    draw.ellipse(box(45, 45, 195, 290), fill=SKIN)
    draw.pieslice(box(35, 10, 205, 190), 180, 360, fill=(60, 40, 30))
    for left in (72, 132):
        draw.rectangle(box(left - 4, 118, left + 40, 126), fill=(70, 45, 35))
        draw.ellipse(box(left, 136, left + 36, 156), fill=(245, 240, 235))
        draw.ellipse(box(left + 10, 137, left + 27, 155), fill=(60, 40, 30))
        draw.ellipse(box(left + 15, 142, left + 22, 150), fill=(10, 10, 10))
    draw.polygon(
        [(x * unit, y * unit) for x, y in ((120, 150), (106, 205), (134, 205))], fill=(200, 145, 115)
    )
    draw.ellipse(box(104, 198, 116, 208), fill=(150, 95, 80))
    draw.ellipse(box(124, 198, 136, 208), fill=(150, 95, 80))
    draw.ellipse(box(90, 226, 150, 250), fill=(180, 80, 80))
    draw.rectangle(box(92, 236, 148, 239), fill=(120, 40, 45))


def _photographed(picture: Image.Image, seed: int) -> Image.Image:
    """Softened, lit from one side, with the grain of a sensor."""
    soft = np.asarray(picture.filter(ImageFilter.GaussianBlur(picture.width / 90)), dtype=np.float64)
    height, width = soft.shape[:2]
    light = np.linspace(0.6, 1.12, width)[None, :, None] * np.linspace(1.1, 0.8, height)[:, None, None]
    grain = np.random.default_rng(seed).normal(0, 6, soft.shape)
    return Image.fromarray(np.clip(soft * light + grain, 0, 255).astype(np.uint8))
