"""A drawing in flat colours on white, as the house model makes them."""

from PIL import Image, ImageDraw


def clip_art(size: int = 512) -> Image.Image:
    """A drawing in flat colours on white, as the house model makes them."""
    image = Image.new("RGB", (size, size), "white")
    pen, unit = ImageDraw.Draw(image), size / 10
    pen.ellipse((unit * 2, unit * 2, unit * 8, unit * 9), fill=(200, 30, 40))
    pen.ellipse((unit * 3, unit * 3, unit * 5, unit * 5), fill=(240, 120, 120))
    pen.polygon([(unit * 5, unit * 2), (unit * 7, 0), (unit * 7.5, unit)], fill=(30, 120, 50))
    pen.line((unit * 5, unit * 3, unit * 5.4, unit * 0.6), fill=(80, 50, 20), width=round(unit / 3))
    return image
