"""Every format that is taken comes out with the right pixels; every other is refused by its own name."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
import pytest
from factories.cameras import photoshop, raw_file
from factories.files import chunk, encoded, scene
from PIL import Image

from fairstock.upload.guard import DecodeGuard
from fairstock.upload.model import ImageFormat, Inspection, RefusalCode

pillow_heif.register_heif_opener()
COLOURS = ((200, 40, 40), (40, 180, 60), (50, 60, 190), (220, 210, 90))


def quarters(mode: str = "RGB") -> Image.Image:
    """Four colours, told apart by place."""
    image = Image.new("RGB", (80, 60))
    for place, colour in enumerate(COLOURS):
        image.paste(
            colour, (40 * (place % 2), 30 * (place // 2), 40 + 40 * (place % 2), 30 + 30 * (place // 2))
        )
    return image.convert(mode)


def inspected(guard: DecodeGuard, data: bytes) -> Inspection:
    (seen,) = guard.inspect([data])
    return seen


def assert_quarters(seen: Inspection, tolerance: int) -> None:
    assert seen.refusal is None, seen.refusal
    assert seen.picture is not None
    pixels = np.asarray(seen.picture, dtype=int)
    assert pixels.shape == (60, 80, 3)
    for place, colour in enumerate(COLOURS):
        found = pixels[15 + 30 * (place // 2), 20 + 40 * (place % 2)]
        assert np.abs(found - colour).max() <= tolerance, (place, found)


FORMATS: dict[str, tuple[ImageFormat, str, dict[str, Any], int]] = {
    "png": (ImageFormat.PNG, "PNG", {}, 0),
    "jpeg": (ImageFormat.JPEG, "JPEG", {"quality": 95}, 4),
    "webp": (ImageFormat.WEBP, "WEBP", {"quality": 95}, 6),
    "webp lossless": (ImageFormat.WEBP, "WEBP", {"lossless": True}, 0),
    "avif": (ImageFormat.AVIF, "AVIF", {"quality": 95}, 6),
    "tiff": (ImageFormat.TIFF, "TIFF", {"compression": "tiff_lzw"}, 0),
    "tiff jpeg": (ImageFormat.TIFF, "TIFF", {"compression": "jpeg", "quality": 95}, 8),
    "gif": (ImageFormat.GIF, "GIF", {}, 2),
    "gif, first of two frames": (
        ImageFormat.GIF,
        "GIF",
        {"save_all": True, "append_images": [scene(3, 80)]},
        2,
    ),
    "heic": (ImageFormat.HEIC, "HEIF", {"quality": 95}, 6),
}


@pytest.mark.parametrize("case", FORMATS)
def test_a_format_is_known_by_content_and_keeps_its_pixels(guard: DecodeGuard, case: str) -> None:
    form, name, options, tolerance = FORMATS[case]
    seen = inspected(guard, encoded(quarters(), name, **options))
    assert seen.format is form
    assert seen.mime == f"image/{form.value.lower()}"
    assert_quarters(seen, tolerance)


def deep_png() -> bytes:
    """Sixteen bits a channel, RGB."""
    pixels = np.asarray(quarters(), dtype=np.uint16) * 257
    rows = b"".join(b"\x00" + row.astype(">u2").tobytes() for row in pixels)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 80, 60, 16, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def deep_tiff() -> bytes:
    """Sixteen bits a channel, RGB, not compressed, little-endian."""
    pixels = (np.asarray(quarters(), dtype=np.uint16) * 257).astype("<u2").tobytes()
    entries = [
        (256, 3, 1, 80),
        (257, 3, 1, 60),
        (258, 3, 3, 8 + 2 + 12 * 8 + 4),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, 8 + 2 + 12 * 8 + 4 + 6),
        (277, 3, 1, 3),
        (279, 4, 1, len(pixels)),
    ]
    head = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", len(entries))
    head += b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    return head + struct.pack("<HHH", 16, 16, 16) + pixels


@pytest.mark.parametrize("data", [deep_png(), deep_tiff()], ids=["png", "tiff"])
def test_sixteen_bits_a_channel_in_colour(guard: DecodeGuard, data: bytes) -> None:
    assert_quarters(inspected(guard, data), 1)


def test_half_transparent_pixels_lie_on_white(guard: DecodeGuard) -> None:
    image = Image.new("RGBA", (40, 40), (200, 0, 0, 128))
    for name in ("PNG", "WEBP", "TIFF"):
        seen = inspected(guard, encoded(image, name, **({"lossless": True} if name == "WEBP" else {})))
        assert seen.picture is not None
        assert seen.picture.getpixel((20, 20)) == pytest.approx((227, 127, 127), abs=2), name


def test_inverted_cmyk_of_photoshop_and_plain_cmyk(guard: DecodeGuard) -> None:
    for name, options in (("JPEG", {"quality": 97}), ("TIFF", {})):
        seen = inspected(guard, encoded(quarters("CMYK"), name, **options))
        assert_quarters(seen, 8)


def isom(brand: bytes) -> bytes:
    return struct.pack(">I", 24) + b"ftyp" + brand + bytes(4) + brand + b"mp41" + bytes(64)


def archive() -> bytes:
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        file.writestr("word/document.xml", "x")
    return sink.getvalue()


STRANGERS: dict[str, tuple[bytes, str, RefusalCode]] = {
    "bmp": (encoded(scene(1, 40), "BMP"), "a BMP picture", RefusalCode.UNSUPPORTED_FORMAT),
    "svg": (b"<?xml version='1.0'?>\n<svg xmlns='x'/>", "an SVG drawing", RefusalCode.UNSUPPORTED_FORMAT),
    "psd": (photoshop(scene(1, 40), 2), "a Photoshop document", RefusalCode.UNSUPPORTED_FORMAT),
    "ico": (encoded(scene(1, 40), "ICO"), "an icon file", RefusalCode.UNSUPPORTED_FORMAT),
    "ppm": (encoded(scene(1, 40), "PPM"), "a Netpbm picture", RefusalCode.UNSUPPORTED_FORMAT),
    "jpeg 2000": (encoded(scene(1, 40), "JPEG2000"), "a JPEG 2000 picture", RefusalCode.UNSUPPORTED_FORMAT),
    "jpeg xl": (b"\xff\x0a" + bytes(90), "a JPEG XL picture", RefusalCode.UNSUPPORTED_FORMAT),
    "exr": (b"\x76\x2f\x31\x01" + bytes(90), "an OpenEXR picture", RefusalCode.UNSUPPORTED_FORMAT),
    "xcf": (b"gimp xcf v011" + bytes(90), "a GIMP document", RefusalCode.UNSUPPORTED_FORMAT),
    "dng": (raw_file(scene(1, 90)), "a camera's raw file", RefusalCode.UNSUPPORTED_FORMAT),
    "cr2": (b"II*\x00\x10\x00\x00\x00CR\x02\x00" + bytes(90), "raw file", RefusalCode.UNSUPPORTED_FORMAT),
    "cr3": (isom(b"crx "), "raw file", RefusalCode.UNSUPPORTED_FORMAT),
    "raf": (b"FUJIFILMCCD-RAW 0201" + bytes(90), "raw file", RefusalCode.UNSUPPORTED_FORMAT),
    "rw2": (b"IIU\x00" + bytes(90), "raw file", RefusalCode.UNSUPPORTED_FORMAT),
    "pdf": (b"%PDF-1.7\n" + bytes(90), "a PDF document", RefusalCode.NOT_AN_IMAGE),
    "mp4": (isom(b"isom"), "a video", RefusalCode.NOT_AN_IMAGE),
    "avi": (b"RIFF\x00\x00\x00\x00AVI LIST", "a video", RefusalCode.NOT_AN_IMAGE),
    "matroska": (b"\x1aE\xdf\xa3" + bytes(90), "a Matroska", RefusalCode.NOT_AN_IMAGE),
    "zip": (archive(), "a ZIP archive", RefusalCode.NOT_AN_IMAGE),
    "html": (b"<!DOCTYPE html><html></html>", "a web page", RefusalCode.NOT_AN_IMAGE),
    "text": (b"hello\n" * 50, "plain text", RefusalCode.NOT_AN_IMAGE),
    "noise": (bytes(range(1, 256)) * 5, "no picture that we know", RefusalCode.NOT_AN_IMAGE),
    "nothing": (b"", "empty", RefusalCode.EMPTY_FILE),
}


@pytest.mark.parametrize("case", STRANGERS)
def test_anything_else_is_refused_by_its_name(guard: DecodeGuard, case: str) -> None:
    data, named, code = STRANGERS[case]
    refusal = inspected(guard, data).refusal
    assert refusal is not None
    assert refusal.code is code
    assert named in refusal.sentence


def test_a_tiff_with_a_thumbnail_directory_is_no_raw_file(guard: DecodeGuard) -> None:
    pages = encoded(quarters(), "TIFF", save_all=True, append_images=[scene(2, 40)])
    assert inspected(guard, pages).format is ImageFormat.TIFF
