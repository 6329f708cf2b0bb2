"""Where a drawing goes inside a mask, and its outline cut out of the white that it was drawn on."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from fairstock.adapters.house_model.vectors import render
from fairstock.generation.compose import surroundings

GRID = 64
"""Cells to a side in which room is looked for."""

FULLER = 1.12
"""How much larger than the room a drawing is made: few drawings fill the corners of their square."""

PAPER = 240
"""Darkest channel from which a traced pixel is the white that it was drawn on."""


def place(svg: str, image: Image.Image, mask: Image.Image) -> bytes:
    """``image`` with its hole (255 in ``mask``) filled from around it and the drawing in it; PNG, RGB."""
    hole = np.asarray(mask) > 0
    ground = Image.fromarray(surroundings(image, hole).round().clip(0, 255).astype(np.uint8))
    left, top, side = room(hole)
    drawn = Image.open(io.BytesIO(render(svg, side))).convert("RGB")
    ground.paste(drawn, (left, top), outline(drawn))
    buffer = io.BytesIO()
    ground.save(buffer, format="PNG")
    return buffer.getvalue()


def room(hole: NDArray[np.bool_]) -> tuple[int, int, int]:
    """Left, top and side of the largest square inside a hole (s, s), a little enlarged."""
    size = len(hole)
    cell = max(1, size // GRID)
    share = hole[: size // cell * cell, : size // cell * cell].reshape(size // cell, cell, -1, cell)
    free = share.mean(axis=(1, 3)) > 0.5
    reach = np.zeros_like(free, dtype=np.int64)
    for row in range(len(free)):  # the largest square that ends at each cell, by dynamic programming
        for column in range(len(free)):
            if free[row, column]:
                near = (reach[row - 1, column], reach[row, column - 1], reach[row - 1, column - 1])
                reach[row, column] = 1 + (min(near) if row and column else 0)
    side = max(1, int(reach.max()))
    ends = np.argwhere(reach == reach.max())
    row, column = ends[len(ends) // 2]  # of several equal ones one in the middle
    wide = round(FULLER * side * cell)
    shift = (wide - side * cell) // 2
    return int(column + 1 - side) * cell - shift, int(row + 1 - side) * cell - shift, wide


def outline(drawn: Image.Image) -> Image.Image:
    """A matte (L) for a drawing on white: 0 where white reaches in from the edge, 255 in the drawing."""
    ink = (np.asarray(drawn).min(axis=2) < PAPER).astype(np.uint8)
    framed = Image.fromarray(np.pad(ink, 1)).copy()  # what comes from an array cannot be drawn on
    ImageDraw.floodfill(framed, (0, 0), 2)
    solid = Image.fromarray(np.where(np.asarray(framed)[1:-1, 1:-1] == 2, 0, 255).astype(np.uint8))
    return solid.filter(ImageFilter.MinFilter(3)).filter(ImageFilter.GaussianBlur(0.7))
