"""From a picture of 128 pixels to flat shapes with clean edges, at any size."""

from __future__ import annotations

import io
import re

import numpy as np
import resvg_py
import vtracer
from numpy.typing import NDArray
from PIL import Image, ImageFilter

COLOURS = 12
"""Flat colours in a traced picture, white included."""

WORKING = 384
"""Side at which colours are flattened and edges traced, in pixels."""


NEARLY_WHITE = 235
"""Pixels with all channels above this are white: the ground of clip art is."""

ALIKE, RARE = 22, 0.002
"""Difference (0 … 255) below which two flat colours become one, and share of the picture below which one
goes.
"""


def trace(large: NDArray[np.uint8]) -> str:
    """An SVG of flat shapes from a picture (128, 128, 3)."""
    flat = flatten(Image.fromarray(large))
    buffer = io.BytesIO()
    flat.save(buffer, format="PNG")
    svg: str = vtracer.convert_raw_image_to_svg(
        buffer.getvalue(),
        img_format="png",
        colormode="color",
        hierarchical="stacked",
        mode="spline",
        filter_speckle=8,
        color_precision=8,
        layer_difference=0,
        corner_threshold=60,
        length_threshold=6.0,
        max_iterations=10,
        splice_threshold=45,
        path_precision=2,
    )
    # The tracer's averages round white down to #FEFEFE.
    return re.sub(r'fill="#F[A-F]F[A-F]F[A-F]"', 'fill="#FFFFFF"', svg)


def flatten(image: Image.Image) -> Image.Image:
    """Few flat colours at ``WORKING`` pixels: enlarge smoothly, choose a palette, drop specks by a majority
    vote.
    """
    # The palette is chosen on the small picture: sixteen times as fast, and the colours are the same.
    chosen = _whiten(image).quantize(
        COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE
    )
    large = _whiten(image.resize((WORKING, WORKING), Image.Resampling.BILINEAR))
    mapped = large.quantize(palette=chosen, dither=Image.Dither.NONE)
    voted = mapped.filter(ImageFilter.ModeFilter(7))
    numbers = np.asarray(voted)
    palette = np.array((voted.getpalette() or [])[: 3 * COLOURS], dtype=np.int64).reshape(-1, 3)
    counts = np.bincount(numbers.ravel(), minlength=len(palette))[: len(palette)]
    return Image.fromarray(_merge(palette, counts)[numbers].astype(np.uint8))


def _whiten(image: Image.Image) -> Image.Image:
    """The picture with its nearly white pixels white."""
    pixels = np.asarray(image).copy()
    pixels[pixels.min(axis=2) > NEARLY_WHITE] = 255
    return Image.fromarray(pixels)


def _merge(palette: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The palette (c, 3) with rare colours, and those near to a more frequent one, replaced by the nearest
    kept.
    """
    kept: list[int] = []
    merged = palette.copy()
    merged[palette.min(axis=1) > NEARLY_WHITE] = 255
    palette = merged.copy()
    for number in np.argsort(-counts, kind="stable"):
        distances = np.abs(palette[kept] - palette[number]).max(axis=1) if kept else np.array([])
        if kept and (distances.min() < ALIKE or counts[number] < RARE * counts.sum()):
            merged[number] = palette[kept[int(distances.argmin())]]
        else:
            kept.append(int(number))
    return merged


def render(svg: str, size: int) -> bytes:
    """The SVG as a PNG of ``size`` × ``size`` pixels on white, in RGB without metadata."""
    drawn = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, background="white")
    image = Image.open(io.BytesIO(bytes(drawn))).convert("RGB")
    if image.size != (size, size):
        image = image.resize((size, size), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()
