"""Damaged and hostile versions of small files of every format, from a seeded source of random numbers."""

from __future__ import annotations

import json
import random
import struct
import zlib
from collections.abc import Callable, Iterator

import pillow_heif
from factories.cameras import camera_jpeg, exif_block, openraster, photoshop
from factories.files import A1111, chunk, encoded, packed, png, scene, text, xmp_png

from fairstock.adapters.demo_uploads.marked import marked_files

Mutation = Callable[[random.Random, bytes, list[bytes]], bytes]
_EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000)


def seeds() -> list[bytes]:
    """Small honest files: every format, with EXIF, XMP, profiles, alpha, frames and marks."""
    pillow_heif.register_heif_opener()
    small, other = scene(1, 64), scene(2, 64)
    exif = exif_block()
    plain = {
        "JPEG": {"exif": exif, "progressive": True},
        "PNG": {"exif": exif},
        "WEBP": {"exif": exif, "quality": 60},
        "TIFF": {"compression": "tiff_lzw"},
        "GIF": {"save_all": True, "append_images": [other]},
        "AVIF": {"exif": exif, "speed": 10},
        "HEIF": {"exif": exif[6:]},
    }
    made = [encoded(small, form, **options) for form, options in plain.items()]
    made += [
        encoded(small, "TIFF", compression="jpeg"),
        encoded(small.convert("CMYK"), "JPEG"),
        encoded(small.convert("RGBA"), "WEBP", lossless=True),
        encoded(small.convert("P"), "PNG", transparency=0),
        encoded(small, "WEBP", save_all=True, append_images=[other]),
        encoded(small, "PNG", save_all=True, append_images=[other]),
        camera_jpeg(small),
        xmp_png('xmp:CreatorTool="x"'),
        png(small, text("parameters", A1111), packed("parameters", A1111.encode())),
    ]
    return [*made, *marked_files().values()]


def bombs() -> list[bytes]:
    """Files that unpack, nest or repeat without end."""
    bomb = zlib.compress(bytes(50_000_000), 9)
    deep = "<a>" * 50_000 + "</a>" * 50_000
    laughs = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
    small = scene(1, 64)
    loop = b"II*\x00\x08\x00\x00\x00" + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    endless = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 0xFFFF) + bytes(12) * 40_000
    nested = json.dumps({"prompt": "x"})
    for _ in range(8):
        nested = json.dumps({"a": nested})
    return [
        png(small, chunk(b"iCCP", b"x\x00\x00" + bomb)),
        png(small, chunk(b"zTXt", b"parameters\x00\x00" + bomb)),
        png(small, chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + bomb)),
        png(small, chunk(b"tEXt", b"prompt\x00" + b"[" * 900_000)),
        png(small, chunk(b"tEXt", b"parameters\x00" + b"Steps: 1, " * 90_000)),
        png(small, chunk(b"tEXt", b"Raw profile type exif\x00\nexif\n 9\n" + b"4" * 900_000)),
        png(small, chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + deep.encode())),
        png(small, chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + laughs.encode())),
        png(small, chunk(b"eXIf", loop), chunk(b"eXIf", endless)),
        png(small, text("prompt", nested)),
        b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"") * 100_000,
        encoded(small, "JPEG", exif=b"Exif\x00\x00" + loop),
        loop + bytes(99),
        endless,
        b"GIF89a" + struct.pack("<HHBBB", 9, 9, 0, 0, 0) + b"\x21\xfe\x01x\x00" * 100_000,
        b"RIFF\xff\xff\xff\xffWEBP" + b"EXIF\x00\x00\x00\x00" * 100_000,
        struct.pack(">I", 24) + b"ftypavif" + bytes(12) + (struct.pack(">I", 8) + b"meta") * 20_000,
        *(struct.pack(">I", 16) + b"ftypheic" + bytes(4) + _nested(depth) for depth in (100, 5000)),
        openraster(small, 2),
        photoshop(small, 2),
    ]


def _nested(depth: int) -> bytes:
    """Containers in containers, as boxes of ISO base media files."""
    inside = b""
    for _ in range(depth):
        inside = struct.pack(">I", 12 + len(inside)) + b"meta" + bytes(4) + inside
    return inside


def _cut(source: random.Random, data: bytes, _: list[bytes]) -> bytes:
    return data[: source.randrange(len(data) + 1)]


def _flip(source: random.Random, data: bytes, _: list[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(source.choice((1, 2, 5, 20, 100))):
        changed[source.randrange(len(changed))] = source.randrange(256)
    return bytes(changed)


def _flip_head(source: random.Random, data: bytes, _: list[bytes]) -> bytes:
    """Changes near the beginning, where structures lie."""
    changed = bytearray(data)
    for _ in range(source.choice((1, 2, 4))):
        changed[source.randrange(min(len(changed), 400))] = source.randrange(256)
    return bytes(changed)


def _swap(source: random.Random, data: bytes, _: list[bytes]) -> bytes:
    first, second, third = sorted(source.randrange(len(data) + 1) for _ in range(3))
    return data[:first] + data[second:third] + data[first:second] + data[third:]


def _double(source: random.Random, data: bytes, _: list[bytes]) -> bytes:
    first, second = sorted(source.randrange(len(data) + 1) for _ in range(2))
    return data[:second] + data[first:second] * source.choice((1, 2, 50)) + data[second:]


def _number(source: random.Random, data: bytes, _: list[bytes]) -> bytes:
    """A number set to an extreme, in either byte order: lengths, counts, offsets."""
    size = source.choice((1, 2, 4))
    value = (source.choice(_EXTREMES) & (256**size - 1)).to_bytes(size, source.choice(("big", "little")))
    at = source.randrange(max(1, len(data) - size))
    return data[:at] + value + data[at + size :]


def _splice(source: random.Random, data: bytes, others: list[bytes]) -> bytes:
    other = source.choice(others)
    return data[: source.randrange(len(data) + 1)] + other[source.randrange(len(other) + 1) :]


def _chunks(source: random.Random, data: bytes, _: list[bytes]) -> bytes:
    """PNG chunks in another order, doubled or with changed content under a right checksum."""
    if not data.startswith(b"\x89PNG"):
        return _number(source, data, [])
    parts = list(_parts(data))
    if len(parts) < 2:
        return data
    at = source.randrange(len(parts))
    name, body = parts[at]
    action = source.randrange(3)
    if action == 0:
        source.shuffle(parts)
    elif action == 1:
        parts.insert(source.randrange(len(parts)), (name, body))
    elif body:
        parts[at] = (name, _flip(source, body, []))
    return data[:8] + b"".join(chunk(name, body) for name, body in parts)


def _parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


_MUTATIONS: tuple[Mutation, ...] = (_cut, _flip, _flip_head, _swap, _double, _number, _splice, _chunks)


def mutated(seed: int) -> Iterator[bytes]:
    """Hostile files without end, the same for the same seed; one mutation mostly, sometimes three."""
    source = random.Random(seed)
    whole = seeds()
    while True:
        data = source.choice(whole)
        for _ in range(source.choice((1, 1, 1, 3))):
            data = source.choice(_MUTATIONS)(source, data, whole) or b"\x00"
        yield data
