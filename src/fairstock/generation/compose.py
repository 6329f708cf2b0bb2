"""Edits at the level of pixels: what changes, what stays to the bit, and the seam between them.

A model may return whatever it likes; ``composited`` puts it under the mask only, so that the promise about
all other pixels does not rest on any model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from fairstock.kit.errors import BadInput

SEAM = 256
"""One pixel of soft seam for each so many pixels of the picture's side, all of it inside the mask."""


class NotSquare(BadInput):
    """A picture to be changed is not square."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(f"The picture has {width} × {height} pixels.", remedy="send a square one")


class MaskOfOtherSize(BadInput):
    """A mask does not cover its picture."""

    def __init__(self, mask: tuple[int, int], picture: tuple[int, int]) -> None:
        super().__init__(
            f"The mask has {mask[0]} × {mask[1]} pixels and the picture {picture[0]} × {picture[1]}.",
            remedy="send a mask of the picture's size",
        )


class NothingToChange(BadInput):
    """A mask has no fully transparent pixel."""

    def __init__(self) -> None:
        super().__init__(
            "The mask has no fully transparent pixel, so nothing would change.",
            remedy="make the area to change transparent (alpha 0)",
        )


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture ready to be changed, at the size that was ordered."""

    picture: Image.Image
    """RGB or RGBA, as it came where its size is the one ordered, else resampled once (Lanczos)."""
    hole: Image.Image | None
    """Mode L: 255 where it changes, 0 where every pixel stays; None where all of it is only a guide."""

    @property
    def on_white(self) -> Image.Image:
        """The picture in RGB, white behind what is transparent."""
        if self.picture.mode != "RGBA":
            return self.picture
        ground = Image.new("RGBA", self.picture.size, "white")
        return Image.alpha_composite(ground, self.picture).convert("RGB")


def canvas_of(picture: Image.Image, mask: Image.Image | None, size: int) -> Canvas:
    """The canvas of ``size`` × ``size`` pixels; the mask is ``mask``'s transparency, else the picture's own.

    Raises ``NotSquare``, ``MaskOfOtherSize`` and ``NothingToChange``.
    """
    if picture.width != picture.height:
        raise NotSquare(*picture.size)
    if mask is not None and mask.size != picture.size:
        raise MaskOfOtherSize(mask.size, picture.size)
    if picture.mode not in ("RGB", "RGBA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    hole = _clear(mask) if mask is not None else _clear(picture)
    if mask is not None and hole is None:
        raise NothingToChange
    if picture.width != size:
        picture = picture.resize((size, size), Image.Resampling.LANCZOS)
        hole = hole.resize((size, size), Image.Resampling.NEAREST) if hole is not None else None
    return Canvas(picture, hole)


def _clear(picture: Image.Image) -> Image.Image | None:
    """255 where alpha is 0; None where nothing is fully transparent."""
    if not picture.has_transparency_data:
        return None
    hole = picture.convert("RGBA").getchannel("A").point(lambda alpha: 255 if alpha == 0 else 0)
    return hole if hole.getbbox() else None


def composited(canvas: Canvas, made: Image.Image) -> Image.Image:
    """The canvas with ``made`` (RGB, same size) in its hole; all other pixels are those of the canvas.

    The seam runs inside the hole and blends into the colours around it, not into what the hole hides.
    """
    if canvas.hole is None:
        return made
    hole = np.asarray(canvas.hole) > 0
    weight = _inner(canvas.hole)[..., None]
    base = surroundings(canvas.on_white, hole)
    blended = np.rint(base * (1.0 - weight) + np.asarray(made.convert("RGB"), np.float32) * weight)
    old = np.asarray(canvas.picture)
    new = np.full_like(old, 255)
    new[..., :3] = blended.clip(0, 255).astype(np.uint8)
    result = Image.fromarray(np.where(hole[..., None], new, old))
    opaque = result.mode == "RGBA" and result.getchannel("A").getextrema() == (255, 255)
    return result.convert("RGB") if opaque else result


def _inner(hole: Image.Image) -> NDArray[np.float32]:
    """0 outside the hole, rising to 1 over a few pixels inside it."""
    layers = max(1, hole.width // SEAM)
    depth = np.zeros((hole.height, hole.width), dtype=np.float32)
    for _ in range(layers + 1):
        depth += np.asarray(hole) > 0
        hole = hole.filter(ImageFilter.MinFilter(3))
    return depth / np.float32(layers + 1)


def surroundings(picture: Image.Image, hole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The picture (RGB, side a power of two) as (h, w, 3) with its hole filled from the colours around it.

    Pull and push (Gortler et al. 1996, The Lumigraph): means of what is known, level by level, flow back
    into the hole. White where nothing is known.
    """
    if hole.all():
        return np.full((*hole.shape, 3), 255.0, dtype=np.float32)
    return _pull_push(np.asarray(picture, np.float32), (~hole).astype(np.float32)[..., None])


def _pull_push(colours: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    side = len(colours)
    if side == 1:
        return colours
    half = side // 2
    weights = known.reshape(half, 2, half, 2, 1).sum(axis=(1, 3))
    sums = (colours * known).reshape(half, 2, half, 2, 3).sum(axis=(1, 3))
    coarse = _pull_push(sums / np.maximum(weights, 1e-6), np.minimum(weights, 1.0))
    planes = [Image.fromarray(np.ascontiguousarray(coarse[..., band])) for band in range(3)]
    large = [plane.resize((side, side), Image.Resampling.BILINEAR) for plane in planes]
    pushed = np.stack([np.asarray(plane) for plane in large], axis=-1)
    filled: NDArray[np.float32] = colours * known + pushed * (1.0 - known)
    return filled
