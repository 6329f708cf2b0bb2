"""Pictures as models want them: RGB, with what is transparent on white."""

from __future__ import annotations

from PIL import Image


def on_white(picture: Image.Image) -> Image.Image:
    """The picture itself where it is RGB already, else a converted one."""
    if picture.mode == "RGB" and not picture.has_transparency_data:
        return picture
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")
