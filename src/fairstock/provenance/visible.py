"""The visible label that a buyer may ask for: "AI-generated" in the lower right corner."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

WORDS = "AI-generated"
_HEIGHT = 24
"""The label's type is one so-manieth of the picture's height, at least 10 pixels."""


def label(picture: Image.Image) -> Image.Image:
    """A copy in RGB or RGBA with the words in white on a dark plate, readable on any ground."""
    layered = picture.convert("RGBA")
    size = max(10, picture.height // _HEIGHT)
    font = ImageFont.load_default(size=size)
    plate = Image.new("RGBA", picture.size)
    pen = ImageDraw.Draw(plate)
    margin = size // 2
    left, top, right, bottom = pen.textbbox((0, 0), WORDS, font=font)
    width, height = right - left + 2 * margin, bottom - top + 2 * margin
    corner = (picture.width - width - margin, picture.height - height - margin)
    pen.rounded_rectangle(
        (*corner, corner[0] + width, corner[1] + height), radius=margin, fill=(20, 22, 24, 190)
    )
    pen.text((corner[0] + margin - left, corner[1] + margin - top), WORDS, font=font, fill="white")
    done = Image.alpha_composite(layered, plate)
    return done if picture.mode in ("RGBA", "LA", "PA") else done.convert("RGB")
