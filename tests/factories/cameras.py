"""Pictures as cameras write them, and files with layers, built in the test."""

from __future__ import annotations

import io
import struct
import zipfile

from PIL import Image

from fairstock.adapters.demo_uploads.drawing import encoded

NIKON_NOTE = b"Nikon\x00\x02\x10\x00\x00" + bytes(range(200))
OWN_TABLES = [[3 + (place * 7) % 29 for place in range(64)], [5 + (place * 11) % 31 for place in range(64)]]
"""Quantisation that no quality of libjpeg gives."""


def exif_block(
    *,
    make: str = "NIKON",
    model: str = "COOLPIX P6000",
    note: bytes = NIKON_NOTE,
    thumbnail: bytes = b"",
    exposure: bool = True,
    serial: str = "",
    taken: str = "2026:11:22 09:30:00",
    software: str = "",
    orientation: int = 0,
) -> bytes:
    """An EXIF block in little-endian order: first directory, EXIF directory, thumbnail directory."""
    ascii_, short, long_, rational, raw = 2, 3, 4, 5, 7
    first = {0x010F: (ascii_, make.encode() + b"\x00"), 0x0110: (ascii_, model.encode() + b"\x00")}
    if software:
        first[0x0131] = (ascii_, software.encode() + b"\x00")
    if orientation:
        first[0x0112] = (short, struct.pack("<H", orientation))
    detail = {0x9003: (ascii_, taken.encode() + b"\x00")}
    if exposure:
        detail |= {
            0x829A: (rational, struct.pack("<II", 1, 250)),
            0x829D: (rational, struct.pack("<II", 28, 10)),
            0x8827: (short, struct.pack("<H", 200)),
        }
    if note:
        detail[0x927C] = (raw, note)
    if serial:
        detail[0xA431] = (ascii_, serial.encode() + b"\x00")
    first[0x8769] = (long_, bytes(4))
    inside = {0x0201: (long_, bytes(4)), 0x0202: (long_, struct.pack("<I", len(thumbnail)))}
    sizes = [_length(part) for part in (first, detail, inside)]
    starts = [8, 8 + sizes[0], 8 + sizes[0] + sizes[1]]
    first[0x8769] = (long_, struct.pack("<I", starts[1]))
    inside[0x0201] = (long_, struct.pack("<I", starts[2] + sizes[2]))
    body = (
        _directory(first, starts[0], starts[2] if thumbnail else 0)
        + _directory(detail, starts[1], 0)
        + (_directory(inside, starts[2], 0) + thumbnail if thumbnail else b"")
    )
    return b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + body


def _length(entries: dict[int, tuple[int, bytes]]) -> int:
    return 6 + 12 * len(entries) + sum(len(value) for _, value in entries.values() if len(value) > 4)


def _directory(entries: dict[int, tuple[int, bytes]], start: int, following: int) -> bytes:
    units = {2: 1, 3: 2, 4: 4, 5: 8, 7: 1}
    head, tail = struct.pack("<H", len(entries)), b""
    free = start + 6 + 12 * len(entries)
    for tag, (kind, value) in sorted(entries.items()):
        place = value.ljust(4, b"\x00") if len(value) <= 4 else struct.pack("<I", free + len(tail))
        tail += value if len(value) > 4 else b""
        head += struct.pack("<HHI", tag, kind, len(value) // units[kind]) + place
    return head + struct.pack("<I", following) + tail


def thumbnail_of(picture: Image.Image) -> bytes:
    """160 × 120 with black bars, as cameras make them."""
    small = picture.copy()
    small.thumbnail((160, 120))
    framed = Image.new("RGB", (160, 120))
    framed.paste(small, ((160 - small.width) // 2, (120 - small.height) // 2))
    return encoded(framed, "JPEG", quality=70)


def camera_jpeg(picture: Image.Image, **given: object) -> bytes:
    """A JPEG with everything that a camera leaves."""
    options = {"thumbnail": thumbnail_of(picture), **given}
    return encoded(picture, "JPEG", qtables=OWN_TABLES, exif=exif_block(**options))  # type: ignore[arg-type]


def openraster(merged: Image.Image, layers: int) -> bytes:
    """An OpenRaster file with the merged picture and some layers."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("mergedimage.png", encoded(merged, "PNG"))
        for number in range(layers):
            archive.writestr(f"data/layer{number}.png", encoded(merged, "PNG"))
    return sink.getvalue()


def photoshop(merged: Image.Image, layers: int) -> bytes:
    """A PSD with empty layer records and the merged picture, uncompressed (Adobe's file format, 2019)."""
    width, height = merged.size
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, height, width, 8, 3)
    record = struct.pack(">iiiiH", 0, 0, 0, 0, 0) + b"8BIMnorm" + bytes([255, 0, 0, 0])
    record += struct.pack(">I", 12) + bytes(8) + b"\x01L\x00\x00"
    section = struct.pack(">h", layers) + record * layers
    section += b"\x00" * (len(section) % 2)
    info = struct.pack(">I", len(section)) + section
    pixels = b"".join(band.tobytes() for band in merged.convert("RGB").split())
    blocks = struct.pack(">II", 0, 0) + struct.pack(">I", len(info) + 4) + info + struct.pack(">I", 0)
    return head + blocks + struct.pack(">H", 0) + pixels


def raw_file(preview: Image.Image, sensor: int = 400_000) -> bytes:
    """A DNG in outline: a TIFF with DNG's version, a preview, and bytes that stand for the sensor's."""
    jpeg = encoded(preview, "JPEG", quality=85)
    entries = {0xC612: (7, b"\x01\x04\x00\x00"), 0x0106: (3, struct.pack("<H", 32803))}
    directory = _directory(entries, 8, 0)
    return b"II*\x00\x08\x00\x00\x00" + directory + jpeg + bytes(range(250)) * (sensor // 250)
