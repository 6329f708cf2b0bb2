"""The whole picture, pixel by pixel, for pictures that are to be edited; runs in a decoding process."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageOps

_ROTATED = range(2, 9)
_ORIENTATION = 0x0112
COLOUR_MODELS = ("CMYK", "YCbCr", "LAB", "HSV")


def whole_picture(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Size, what had to be converted, and the pixels as RGBA, eight bits a channel.

    Pixels of an eight-bit RGB or RGBA file come out as they are in the file: no colour management, no
    scaling. A picture in another colour model is named instead (``mode``) and not decoded. Raises what Pillow
    raises on damaged data.
    """
    with Image.open(io.BytesIO(data)) as image:
        if image.mode in COLOUR_MODELS or getattr(image, "n_frames", 1) > 1:
            return {"mode": image.mode, "frames": getattr(image, "n_frames", 1)}, []
        image.load()
        done = _conversions(image)
        upright = ImageOps.exif_transpose(_eight_bits(image))
        pixels = upright.convert("RGBA")
    lowest, _ = pixels.getchannel("A").getextrema()
    header = {"mode": "RGBA", "frames": 1, "size": pixels.size, "converted": done, "lowest_alpha": lowest}
    return header, [pixels.tobytes()]


def _eight_bits(image: Image.Image) -> Image.Image:
    """Deep greys by their upper eight bits; other modes are converted by Pillow without loss."""
    if not image.mode.startswith("I") and image.mode != "F":
        return image
    grey = image.convert("I").point(lambda level: level / 256).convert("L")
    grey.info.update({name: value for name, value in image.info.items() if name == "exif"})
    return grey


def _conversions(image: Image.Image) -> list[str]:
    """What is done to the pixels, in words."""
    done = []
    if image.mode.startswith("I") or image.mode == "F":
        done.append("16 bits a channel to 8")
    elif image.mode not in ("RGB", "RGBA"):
        done.append(f"colour mode {image.mode} to RGBA")
    if image.getexif().get(_ORIENTATION) in _ROTATED:
        done.append("turned upright by its EXIF orientation")
    if image.info.get("icc_profile"):
        done.append("its colour profile left out, its values kept")
    return done
