"""What a file is by its content, and what its headers declare."""

from __future__ import annotations

import io
import struct
from typing import Any

import pillow_heif
import pytest
from factories.files import chunk, encoded, png, scene
from PIL import Image

from fairstock.upload.model import ImageFormat, Limits, RefusalCode
from fairstock.upload.rules import refuse_layout, refuse_size
from fairstock.upload.sniff import describe, layout_of, sniff

pillow_heif.register_heif_opener()
FORMATS: dict[ImageFormat, dict[str, Any]] = {
    ImageFormat.PNG: {},
    ImageFormat.JPEG: {"progressive": True},
    ImageFormat.WEBP: {"lossless": True},
    ImageFormat.GIF: {},
    ImageFormat.TIFF: {"compression": "tiff_lzw"},
    ImageFormat.AVIF: {},
    ImageFormat.HEIC: {},
}
LIMITS = Limits()


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_is_known_by_content_with_its_size(form: ImageFormat) -> None:
    pillow_name = {"HEIC": "HEIF"}.get(form.value, form.value.upper())
    data = encoded(scene(1, 200), pillow_name, **FORMATS[form])
    assert sniff(data) is form
    layout = layout_of(data, form)
    assert (layout.width, layout.height, layout.frames) == (200, 150, 1)
    assert refuse_layout(form, layout, LIMITS) is None


@pytest.mark.parametrize(
    "options", [{}, {"lossless": True}, {"exif": b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00"}]
)
def test_all_kinds_of_webp(options: dict[str, object]) -> None:
    layout = layout_of(encoded(scene(1, 200), "WEBP", **options), ImageFormat.WEBP)
    assert (layout.width, layout.height) == (200, 150)


@pytest.mark.parametrize("form", [ImageFormat.GIF, ImageFormat.WEBP, ImageFormat.PNG, ImageFormat.TIFF])
def test_frames_are_counted_from_the_headers(form: ImageFormat) -> None:
    frames = [scene(number, 60) for number in range(7)]
    data = encoded(frames[0], form.value.upper(), save_all=True, append_images=frames[1:])
    layout = layout_of(data, form)
    assert layout.frames == 7
    refusal = refuse_layout(form, layout, Limits(frames=6))
    assert refusal is not None
    assert refusal.code is RefusalCode.TOO_MANY_FRAMES


STRANGERS = {
    b"": RefusalCode.EMPTY_FILE,
    b"just words, many of them\n" * 9: RefusalCode.NOT_AN_IMAGE,
    b"<!DOCTYPE html><html></html>": RefusalCode.NOT_AN_IMAGE,
    b'<?xml version="1.0"?><svg xmlns="x"></svg>': RefusalCode.UNSUPPORTED_FORMAT,
    b"8BPS\x00\x01": RefusalCode.UNSUPPORTED_FORMAT,
    b"\x00\x00\x00 ftypisom\x00\x00\x02\x00": RefusalCode.NOT_AN_IMAGE,
    b"\x1aE\xdf\xa3\x01\x00": RefusalCode.NOT_AN_IMAGE,
    b"%PDF-1.7": RefusalCode.NOT_AN_IMAGE,
    b"BM\x00\x00": RefusalCode.UNSUPPORTED_FORMAT,
}


@pytest.mark.parametrize("data", STRANGERS)
def test_anything_else_is_refused_by_name(data: bytes) -> None:
    assert sniff(data) is None
    refusal = describe(data)
    assert refusal.code is STRANGERS[data]
    assert refusal.sentence.endswith(".")
    assert refusal.next_step.endswith(".")


def test_the_refusal_names_what_it_is() -> None:
    assert "plain text" in describe(b"hello there, this is no picture").sentence
    assert "SVG" in describe(b"<svg width='1'></svg>").sentence
    assert "video" in describe(b"\x00\x00\x00 ftypmp42\x00\x00").sentence


def declared(width: int, height: int) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (40_000, 1), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_what_it_declares(width: int, height: int) -> None:
    layout = layout_of(declared(width, height), ImageFormat.PNG)
    refusal = refuse_layout(ImageFormat.PNG, layout, LIMITS)
    assert refusal is not None
    assert refusal.code is RefusalCode.TOO_LARGE
    assert str(width) in refusal.sentence


def test_headers_that_end_early_are_refused_not_raised() -> None:
    for form, options in FORMATS.items():
        whole = encoded(scene(1, 60), {"HEIC": "HEIF"}.get(form.value, form.value.upper()), **options)
        for length in range(0, 60, 3):
            layout = layout_of(whole[:length], form)
            assert layout.width >= 0


def test_limits_of_bytes_and_metadata() -> None:
    refusal = refuse_size(70_000_000, LIMITS)
    assert refusal is not None
    assert "70.0 MB" in refusal.sentence
    heavy = png(scene(1), chunk(b"tEXt", b"Comment\x00" + bytes(5000)))
    refusal = refuse_layout(ImageFormat.PNG, layout_of(heavy, ImageFormat.PNG), Limits(metadata_bytes=4000))
    assert refusal is not None
    assert refusal.code is RefusalCode.TOO_MUCH_METADATA


def test_names_are_never_believed() -> None:
    sink = io.BytesIO()
    Image.new("RGB", (9, 9)).save(sink, "PNG")
    assert sniff(sink.getvalue()) is ImageFormat.PNG  # whatever the file is called
