"""Makes one plain picture of any that can be opened: upright, sRGB, eight bits, on white, small.

Everything behind the gate looks at this working picture; the original bytes stay as they came.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from fairstock.asset.rules import flattened

LONGEST = 512
"""Longest side of a working picture in pixels."""
DRAFT_FROM = 4_000_000
"""JPEGs with more pixels are decoded at a fraction of their size; smaller ones in full, for marks in their
corner.
"""
SKETCH = 64
"""Side of a sketch in pixels."""
CORNER = (96, 32)
"""Width and height of the corner kept at full resolution."""
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height in pixels once EXIF orientation is applied."""
    width, height = image.size
    return (height, width) if image.getexif().get(0x0112) in (5, 6, 7, 8) else (width, height)


def working_picture(image: Image.Image) -> Image.Image:
    """The working picture of a freshly opened image; raises what Pillow raises on damaged data."""
    if image.format == "JPEG" and image.size[0] * image.size[1] > DRAFT_FROM:
        image.draft(None, (2 * LONGEST, 2 * LONGEST))
    image.load()
    profile = image.info.get("icc_profile")
    small = shrunk(_eight_bits(image))
    small = ImageOps.exif_transpose(small)
    return flattened(_in_srgb(small, profile))


def full_picture(image: Image.Image) -> Image.Image:
    """Upright, sRGB, eight bits, on white, in the size in which the gate decodes it; for training."""
    if image.format == "JPEG" and image.size[0] * image.size[1] > DRAFT_FROM:
        image.draft(None, (2 * LONGEST, 2 * LONGEST))
    image.load()
    profile = image.info.get("icc_profile")
    return flattened(_in_srgb(ImageOps.exif_transpose(_eight_bits(image)), profile))


def _eight_bits(image: Image.Image) -> Image.Image:
    """Palettes resolved, deep greys scaled to 0…255; RGB, RGBA, L, LA, CMYK and LAB stay as they are."""
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    if image.mode.startswith("I") or image.mode == "F":
        return _keeping_exif(Image.fromarray(_scaled(np.asarray(image))), image)
    if image.mode == "1" or ("transparency" in image.info and image.mode in ("L", "RGB")):
        return image.convert("RGBA" if "transparency" in image.info else "L")
    return image


def _scaled(deep: NDArray[Any]) -> NDArray[np.uint8]:
    """Sixteen-bit levels by their upper eight bits, others by the largest; sparing with memory, files
    are large.
    """
    if deep.dtype == np.uint16:
        levels = deep >> 8
    elif deep.dtype.kind in "iu":
        levels = np.clip(deep, 0, 65535) >> 8
    else:
        top = max(float(np.nanmax(deep, initial=0.0)), 1.0)
        levels = np.nan_to_num(np.clip(deep * np.float32(255.0 / top), 0, 255))
    return np.asarray(levels, dtype=np.uint8)


def _keeping_exif(made: Image.Image, source: Image.Image) -> Image.Image:
    made.info.update({key: source.info[key] for key in ("exif", "icc_profile") if key in source.info})
    return made


def shrunk(image: Image.Image) -> Image.Image:
    """At most ``LONGEST`` on the longer side; never enlarged, never below one pixel."""
    scale = LONGEST / max(image.size)
    if scale >= 1.0:
        return image
    size = (max(1, round(image.size[0] * scale)), max(1, round(image.size[1] * scale)))
    small = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    small.info = dict(image.info)
    return small


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Colours converted by the embedded profile; a broken or unfit profile is ignored, as browsers do."""
    if not isinstance(profile, bytes) or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image if image.mode in ("RGBA", "LA", "RGB", "La", "RGBa") else image.convert("RGB")
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    flat = image.convert("RGB") if image.mode == "RGBA" else image
    try:
        converted = ImageCms.applyTransform(flat, _to_srgb(profile, flat.mode))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image if image.mode == "RGBA" else image.convert("RGB")
    if converted is None:
        return image.convert("RGB")
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


@lru_cache(maxsize=16)
def _to_srgb(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    """Making a transform costs more than using it on a small picture, and most profiles are the same few."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.buildTransform(source, _SRGB, mode, "RGB")


def corner_of(image: Image.Image) -> Image.Image:
    """The bottom right corner, RGB, at most ``CORNER``; the image must be loaded in full size."""
    width, height = image.size
    box = (max(0, width - CORNER[0]), max(0, height - CORNER[1]), width, height)
    return image.crop(box).convert("RGB")


def sketch_of(picture: Image.Image) -> bytes:
    """The picture squeezed to ``SKETCH`` × ``SKETCH`` RGB: 12,288 bytes, rows from the top."""
    return picture.resize((SKETCH, SKETCH), Image.Resampling.BILINEAR).tobytes()
