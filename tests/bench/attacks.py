"""What happens to pictures on their way through the world, for the watermark's bench. Pure."""

import io
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

Attack = Callable[[Image.Image], Image.Image]


def saved(kind: str, quality: int) -> Attack:
    """Encoded and decoded again."""

    def attack(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, kind, quality=quality)
        return Image.open(file).convert("RGB")

    return attack


def cropped(share: float) -> Attack:
    """So much of the width and of the height is cut away, more on one side than on the other."""

    def attack(image: Image.Image) -> Image.Image:
        wide, high = round(image.width * (1 - share)), round(image.height * (1 - share))
        left, top = round((image.width - wide) * 0.7), round((image.height - high) * 0.35)
        return image.crop((left, top, left + wide, top + high))

    return attack


def half(image: Image.Image) -> Image.Image:
    """Half as wide and high."""
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)


def half_and_back(image: Image.Image) -> Image.Image:
    """Made half as large, then large again."""
    return half(image).resize(image.size, Image.Resampling.BICUBIC)


def screenshot(image: Image.Image) -> Image.Image:
    """Shown at 83 % inside a page with a margin, and saved as JPEG 85."""
    shown = image.resize((round(image.width * 0.83), round(image.height * 0.83)), Image.Resampling.BILINEAR)
    page = Image.new("RGB", (shown.width + 60, shown.height + 90), (240, 240, 242))
    page.paste(shown, (23, 57))
    return saved("JPEG", 85)(page)


def overlaid(image: Image.Image) -> Image.Image:
    """A dark box of half the width and a fifth of the height on it."""
    copy = image.copy()
    width, height = copy.size
    ImageDraw.Draw(copy).rectangle((width * 0.1, height * 0.7, width * 0.6, height * 0.9), fill=(20, 40, 90))
    return copy


def cropped_enlarged_saved(image: Image.Image) -> Image.Image:
    """A quarter of both sides cut away, the rest enlarged to the old size, saved as JPEG 70."""
    return saved("JPEG", 70)(cropped(0.25)(image).resize(image.size, Image.Resampling.BICUBIC))


ATTACKS: dict[str, Attack] = {
    "untouched": lambda image: image,
    "JPEG 80": saved("JPEG", 80),
    "JPEG 50": saved("JPEG", 50),
    "JPEG 30": saved("JPEG", 30),
    "WebP 80": saved("WEBP", 80),
    "half size": half,
    "half and back": half_and_back,
    "crop 3 %": cropped(0.03),
    "crop 10 %": cropped(0.10),
    "crop 25 %": cropped(0.25),
    "screenshot": screenshot,
    "brighter 20 %": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "darker 20 %": lambda image: ImageEnhance.Brightness(image).enhance(0.8),
    "blur 1 px": lambda image: image.filter(ImageFilter.GaussianBlur(1)),
    "overlay": overlaid,
    "crop 25 %, enlarged, JPEG 70": cropped_enlarged_saved,
}
