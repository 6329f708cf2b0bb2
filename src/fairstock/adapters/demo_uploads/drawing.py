"""Pictures to put marks into, drawn from a seed, and the few lines that build PNG chunks."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib

from PIL import Image, ImageDraw

_IEND = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def scene(seed: int, side: int = 320) -> Image.Image:
    """A small invented landscape; another seed gives other colours and shapes."""
    digest = hashlib.sha256(f"scene {seed}".encode()).digest()
    image = Image.new("RGB", (side, side * 3 // 4), tuple(120 + value // 2 for value in digest[:3]))
    draw = ImageDraw.Draw(image)
    width, height = image.size
    for number in range(6):
        left, top, size, *colour = digest[3 + 4 * number : 9 + 4 * number]
        x, y, reach = left * width // 256, top * height // 256, 20 + size // 3
        shape = draw.ellipse if (left + number) % 2 else draw.rectangle
        shape((x - reach, y - reach // 2, x + reach, y + reach), fill=(colour[0], colour[1], colour[2]))
    draw.polygon(
        [(0, height), (digest[29] * width // 256, height // 2), (width, height)], fill=tuple(digest[:3])
    )
    return image


def png(image: Image.Image, *chunks: bytes, behind: bytes = b"") -> bytes:
    """The picture as PNG with ``chunks`` before its end and ``behind`` after it."""
    plain = encoded(image, "PNG")
    return plain[: -len(_IEND)] + b"".join(chunks) + _IEND + behind


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """The picture in a format of Pillow's."""
    sink = io.BytesIO()
    image.save(sink, form, **options)
    return sink.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """One PNG chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def text(key: str, value: str) -> bytes:
    """A tEXt chunk."""
    return chunk(b"tEXt", key.encode("latin-1") + b"\x00" + value.encode("latin-1", "replace"))


def international(key: str, value: str) -> bytes:
    """An uncompressed iTXt chunk."""
    return chunk(b"iTXt", key.encode("latin-1") + b"\x00\x00\x00\x00\x00" + value.encode())


def packed(key: str, value: bytes) -> bytes:
    """A zTXt chunk."""
    return chunk(b"zTXt", key.encode("latin-1") + b"\x00\x00" + zlib.compress(value, 9))
