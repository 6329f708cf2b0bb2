"""One working picture of any file: upright, sRGB, eight bits, on white, bounded."""

from __future__ import annotations

import numpy as np
import pytest
from factories.files import encoded, scene
from PIL import Image, ImageCms, ImageOps

from fairstock.asset.rules import distance, fingerprint
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.model import Inspection
from fairstock.upload.picture import LONGEST


def look(guard: DecodeGuard, data: bytes) -> tuple[Inspection, Image.Image]:
    seen = guard.inspect([data])[0]
    assert seen.refusal is None
    assert seen.picture is not None
    return seen, seen.picture


def pixel(image: Image.Image, x: int = 5, y: int = 5) -> tuple[int, ...]:
    value = image.getpixel((x, y))
    assert isinstance(value, tuple)
    return tuple(int(each) for each in value)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(guard: DecodeGuard, orientation: int) -> None:
    upright = scene(4)
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = upright if back is None else upright.transpose(Image.Transpose(back))
    exif = Image.Exif()
    exif[0x0112] = orientation
    seen, picture = look(guard, encoded(stored, "JPEG", quality=95, exif=exif.tobytes()))
    assert (seen.width, seen.height) == upright.size
    assert distance(fingerprint(picture).phash, fingerprint(upright).phash) <= 4
    plain, found = np.asarray(upright, dtype=float), np.asarray(picture, dtype=float)
    assert np.abs(plain - found).mean() < 6


def test_transparency_becomes_white(guard: DecodeGuard) -> None:
    for mode in ("RGBA", "LA"):
        _, picture = look(guard, encoded(Image.new(mode, (40, 40)), "PNG"))
        assert pixel(picture) == (255, 255, 255)
    palette = Image.new("P", (40, 40), 1)
    palette.putpalette([0, 0, 0, 9, 9, 9])
    _, picture = look(guard, encoded(palette, "PNG", transparency=1))
    assert pixel(picture) == (255, 255, 255)


def test_sixteen_bits_grey(guard: DecodeGuard) -> None:
    deep = Image.fromarray(np.full((40, 40), 0x8000, dtype=np.uint16))
    for form in ("PNG", "TIFF"):
        _, picture = look(guard, encoded(deep, form))
        assert pixel(picture) == pytest.approx((128, 128, 128), abs=1)


def test_cmyk_and_profiles(guard: DecodeGuard) -> None:
    red = Image.new("CMYK", (40, 40), (0, 255, 255, 0))
    _, picture = look(guard, encoded(red, "JPEG", quality=95))
    assert pixel(picture)[0] > 200
    assert max(pixel(picture)[1:]) < 60
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    _, picture = look(guard, encoded(Image.new("RGB", (40, 40), (10, 200, 30)), "PNG", icc_profile=lab))
    assert pixel(picture) == pytest.approx((10, 200, 30), abs=2)
    _, picture = look(
        guard, encoded(Image.new("RGB", (40, 40), (10, 200, 30)), "PNG", icc_profile=b"nonsense")
    )
    assert pixel(picture) == (10, 200, 30)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_large_pictures_are_bounded_and_keep_their_size_in_the_record(guard: DecodeGuard, form: str) -> None:
    large = scene(2, 2600)
    seen, picture = look(guard, encoded(large, form))
    assert (seen.width, seen.height) == large.size
    assert max(picture.size) == LONGEST
    assert picture.mode == "RGB"
    assert distance(fingerprint(picture).phash, fingerprint(large).phash) <= 4


def test_bilevel_and_animated(guard: DecodeGuard) -> None:
    _, picture = look(guard, encoded(Image.new("1", (40, 40), 1), "PNG"))
    assert pixel(picture) == (255, 255, 255)
    first, second = Image.new("RGB", (40, 40), "red"), Image.new("RGB", (40, 40), "blue")
    _, picture = look(guard, encoded(first, "GIF", save_all=True, append_images=[second]))
    assert pixel(picture) == (255, 0, 0)


def test_a_single_pixel_is_a_picture(guard: DecodeGuard) -> None:
    seen, picture = look(guard, encoded(Image.new("RGB", (1, 1), "red"), "PNG"))
    assert picture.size == (1, 1)
    assert seen.corner is not None
    wide = ImageOps.pad(Image.new("RGB", (1, 1)), (5000, 1))
    _, picture = look(guard, encoded(wide, "PNG"))
    assert picture.size == (LONGEST, 1)
