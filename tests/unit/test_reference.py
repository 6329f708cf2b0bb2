"""Pictures that are sent to be edited: every pixel of a good one, one clear error for a bad one."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from fairstock.upload.guard import DecodeGuard
from fairstock.upload.reference import BadReference, read_reference


def noise(mode: str = "RGBA", size: tuple[int, int] = (64, 64)) -> Image.Image:
    channels = {"L": (), "RGB": (3,), "RGBA": (4,), "CMYK": (4,)}[mode]
    cells = np.random.default_rng(5).integers(0, 256, (size[1], size[0], *channels), dtype=np.uint8)
    return Image.fromarray(cells, mode=None if mode != "CMYK" else "CMYK")


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def bomb() -> bytes:
    """A valid PNG of 40 megapixels in 40 kB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes(6400 * (1 + 6400)), 9)
    head = struct.pack(">IIBBBBB", 6400, 6400, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pixels(png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as image:
        assert (image.format, image.mode) == ("PNG", "RGBA")
        return image.tobytes()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_every_pixel_of_a_png_is_kept(guard: DecodeGuard, mode: str) -> None:
    image = noise(mode)
    read = read_reference(guard, saved(image, "PNG"))
    assert pixels(read.png) == image.convert("RGBA").tobytes()
    assert (read.edge, read.converted, read.has_holes) == (64, (), mode == "RGBA")


def test_other_formats_are_told_by_their_bytes_and_the_conversion_is_named(guard: DecodeGuard) -> None:
    jpeg = read_reference(guard, saved(noise("RGB"), "JPEG"))
    webp = read_reference(guard, saved(noise("RGB"), "WEBP", lossless=True))
    assert (jpeg.converted, webp.converted) == (("JPEG to PNG",), ("WebP to PNG",))
    assert pixels(webp.png) == noise("RGB").convert("RGBA").tobytes()


def test_what_is_done_to_the_pixels_is_said(guard: DecodeGuard) -> None:
    grey = read_reference(guard, saved(noise("L"), "PNG"))
    assert grey.converted == ("colour mode L to RGBA",)
    deep = Image.fromarray(np.full((8, 8), 0x80FF, np.uint16))
    read = read_reference(guard, saved(deep, "PNG"))
    assert read.converted == ("16 bits a channel to 8",)
    assert set(pixels(read.png)) == {0x80, 0xFF}
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = read_reference(guard, saved(noise("RGB"), "JPEG", exif=exif.tobytes()))
    assert turned.converted == ("JPEG to PNG", "turned upright by its EXIF orientation")


BAD = {
    "not an image": (b"hello", "plain text"),
    "empty": (b"", "empty|bytes"),
    "a GIF": (saved(noise("L"), "GIF"), "GIF"),
    "not square": (saved(noise("RGB", (64, 60)), "PNG"), "square"),
    "truncated": (saved(noise("RGB"), "PNG")[:-800], "damaged"),
    "40 megapixels": (bomb(), "6400 × 6400"),
    "animated": (
        saved(noise("RGB"), "WEBP", save_all=True, append_images=[noise("L").convert("RGB")]),
        "frames",
    ),
    "animated PNG": (
        saved(noise("RGB"), "PNG", save_all=True, append_images=[noise("L").convert("RGB")]),
        "frames",
    ),
    "CMYK": (saved(noise("CMYK"), "JPEG"), "CMYK"),
    "4 MB": (b"\x89PNG\r\n\x1a\n" + bytes(4_000_000), "4 MB"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_used_is_refused_in_one_sentence(guard: DecodeGuard, name: str) -> None:
    data, words = BAD[name]
    with pytest.raises(BadReference, match=words):
        read_reference(guard, data)
