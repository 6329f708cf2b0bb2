"""From a picture of 128 pixels to flat shapes with clean edges, at any size."""

from __future__ import annotations

import io

import numpy as np
import resvg_py
import vtracer
from numpy.typing import NDArray
from PIL import Image, ImageFilter

COLOURS = 12
"""Flat colours in a traced picture, white included."""

WORKING = 512
"""Side at which colours are flattened and edges traced, in pixels."""


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
        filter_speckle=10,
        color_precision=8,
        layer_difference=0,
        corner_threshold=60,
        length_threshold=6.0,
        max_iterations=10,
        splice_threshold=45,
        path_precision=2,
    )
    return svg


def flatten(image: Image.Image) -> Image.Image:
    """Few flat colours at ``WORKING`` pixels: enlarge smoothly, choose a palette, drop specks by a median."""
    big = image.resize((WORKING, WORKING), Image.Resampling.BICUBIC)
    pixels = np.asarray(big).copy()
    pixels[(pixels > 244).all(axis=2)] = 255
    smooth = Image.fromarray(pixels)
    palette = smooth.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
    return palette.filter(ImageFilter.ModeFilter(9)).convert("RGB")


def render(svg: str, size: int) -> bytes:
    """The SVG as a PNG of ``size`` × ``size`` pixels on white, in RGB without metadata."""
    drawn = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, background="white")
    image = Image.open(io.BytesIO(bytes(drawn))).convert("RGB")
    if image.size != (size, size):
        image = image.resize((size, size), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()
