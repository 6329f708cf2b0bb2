"""XMP packets inside PNG, JPEG and WebP, put in and taken out byte by byte so that no pixel is re-encoded.

Sources: XMP specification part 3 (storage in files), PNG third edition (iTXt), WebP container specification
(VP8X).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from fairstock.kit.errors import BadInput

PACKET_LIMIT = 1 << 20
"""Bytes of XMP that are read at most; a larger packet is ignored."""
JPEG_PACKET_LIMIT = 65_502
"""Bytes of XMP that fit in one APP1 segment."""

_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_PNG_KEYWORD = b"XML:com.adobe.xmp"
_JPEG_HEADER = b"http://ns.adobe.com/xap/1.0/\x00"
_XMP_FLAG = 0x04
_ALPHA_FLAG = 0x10


class NotEmbeddable(BadInput):
    """The bytes are no PNG, JPEG or WebP, or the packet does not fit."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The XMP record cannot be written: {reason}.", remedy="pass a whole PNG, JPEG or WebP file"
        )


def sniff(data: bytes) -> str | None:
    """The media type by the first bytes; None for anything but PNG, JPEG and WebP."""
    if data.startswith(_PNG_MAGIC):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def insert_xmp(data: bytes, packet: bytes) -> bytes:
    """The file with ``packet`` as its only XMP record; raises ``NotEmbeddable``."""
    kind = sniff(data)
    try:
        if kind == "image/png":
            return _insert_png(data, packet)
        if kind == "image/jpeg":
            return _insert_jpeg(data, packet)
        if kind == "image/webp":
            return _insert_webp(data, packet)
    except (struct.error, IndexError) as cause:
        raise NotEmbeddable("the file is damaged") from cause
    raise NotEmbeddable("the bytes are no PNG, JPEG or WebP")


def extract_xmp(data: bytes) -> list[bytes]:
    """Every XMP packet of a file of any kind, in order; damaged containers give what could be found."""
    kind = sniff(data)
    found: list[bytes] = []
    if kind == "image/png":
        found = [text for name, body in _png_chunks(data) if (text := _png_packet(name, body))]
    elif kind == "image/jpeg":
        found = [
            body[len(_JPEG_HEADER) :] for _, body, _ in _jpeg_segments(data) if body.startswith(_JPEG_HEADER)
        ]
    elif kind == "image/webp":
        found = [body for name, body in _riff_chunks(data) if name == b"XMP "]
    packets = found or _scan(data)
    return [packet for packet in packets if len(packet) <= PACKET_LIMIT]


def _scan(data: bytes) -> list[bytes]:
    """The first packet found by its root element, whatever the container (TIFF, AVIF, GIF …)."""
    start = data.find(b"<x:xmpmeta")
    end = data.find(b"</x:xmpmeta>", start)
    return [data[start : end + len(b"</x:xmpmeta>")]] if 0 <= start < end else []


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, body) of each whole chunk up to IEND."""
    at = len(_PNG_MAGIC)
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            return
        yield name, data[at + 8 : at + 8 + length]
        if name == b"IEND":
            return
        at += 12 + length


def _png_packet(name: bytes, body: bytes) -> bytes | None:
    """The packet of an XMP iTXt chunk, inflated within the limit; None for other chunks."""
    if name != b"iTXt" or not body.startswith(_PNG_KEYWORD + b"\x00"):
        return None
    flags = body[len(_PNG_KEYWORD) + 1 : len(_PNG_KEYWORD) + 3]
    parts = body[len(_PNG_KEYWORD) + 3 :].split(b"\x00", 2)
    if len(flags) < 2 or len(parts) < 3:
        return None
    if flags[0] == 0:
        return parts[2]
    try:
        return zlib.decompressobj().decompress(parts[2], PACKET_LIMIT)
    except zlib.error:
        return None


def _insert_png(data: bytes, packet: bytes) -> bytes:
    chunks = [(name, body) for name, body in _png_chunks(data) if _png_packet(name, body) is None]
    if not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND":
        raise NotEmbeddable("the PNG is cut off")
    chunks.insert(1, (b"iTXt", _PNG_KEYWORD + b"\x00\x00\x00\x00\x00" + packet))
    return _PNG_MAGIC + b"".join(
        struct.pack(">I4s", len(body), name) + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """(marker, body, offset of the segment) of each segment before the picture data."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xDA:
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        if length < 2 or at + 2 + length > len(data):
            return
        yield marker, data[at + 4 : at + 2 + length], at
        at += 2 + length


def _insert_jpeg(data: bytes, packet: bytes) -> bytes:
    if len(packet) > JPEG_PACKET_LIMIT:
        raise NotEmbeddable(f"{len(packet)} bytes do not fit in one JPEG segment of {JPEG_PACKET_LIMIT}")
    kept, end = [], 2
    for marker, body, at in _jpeg_segments(data):
        end = at + 4 + len(body)
        if not body.startswith(_JPEG_HEADER):
            kept.append((marker, data[at:end]))
    body = _JPEG_HEADER + packet
    segment = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    position = 1 if kept and kept[0][0] == 0xE0 else 0
    parts = [part for _, part in kept]
    return b"".join([data[:2], *parts[:position], segment, *parts[position:], data[end:]])


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, body) of each whole chunk of a WebP file."""
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > len(data):
            return
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _insert_webp(data: bytes, packet: bytes) -> bytes:
    chunks = [(name, body) for name, body in _riff_chunks(data) if name != b"XMP "]
    if not chunks:
        raise NotEmbeddable("the WebP is cut off")
    if chunks[0][0] == b"VP8X":
        head = bytearray(chunks.pop(0)[1])
        head[0] |= _XMP_FLAG
    else:
        head = _extended_head(*chunks[0])
    chunks = [(b"VP8X", bytes(head)), *chunks, (b"XMP ", packet)]
    body = b"".join(
        struct.pack("<4sI", name, len(part)) + part + b"\x00" * (len(part) % 2) for name, part in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _extended_head(name: bytes, body: bytes) -> bytearray:
    """A VP8X body for a simple file: flags, then the canvas size less one, 24 bits each."""
    if name == b"VP8L":
        (bits,) = struct.unpack_from("<I", body, 1)
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    elif name == b"VP8 ":
        wide, high = struct.unpack_from("<HH", body, 6)
        width, height, alpha = (wide & 0x3FFF) - 1, (high & 0x3FFF) - 1, 0
    else:
        raise NotEmbeddable("the WebP begins with no picture")
    if width < 0 or height < 0:
        raise NotEmbeddable("the WebP is damaged")
    flags = _XMP_FLAG | (_ALPHA_FLAG if alpha else 0)
    return bytearray(struct.pack("<I", flags) + width.to_bytes(3, "little") + height.to_bytes(3, "little"))
