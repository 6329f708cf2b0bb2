"""RIFF WebP (RFC 9649): VP8, VP8L, VP8X, ANMF, EXIF and XMP chunks."""

from __future__ import annotations

from fairstock.upload.containers.layout import MAX_PARTS, BlockKind, Layout, u16, u32


def parse(data: bytes, layout: Layout) -> None:
    """Fill ``layout``; chunks behind the RIFF size count as lying after the end."""
    declared = u32(data, 4, "<") + 8
    at, animated = 12, 0
    for _ in range(MAX_PARTS):
        if at + 8 > len(data):
            break
        name, length = data[at : at + 4], u32(data, at + 4, "<")
        start, end = at + 8, min(at + 8 + length, len(data))
        if name in (b"VP8 ", b"VP8L", b"VP8X") and not layout.width:
            layout.width, layout.height = _size(data, name, start)
        elif name == b"ANMF":
            animated += 1
        elif name == b"EXIF":
            head = 6 if data.startswith(b"Exif\x00\x00", start) else 0
            layout.add(BlockKind.EXIF, start + head, end, after_end=at >= declared)
        elif name == b"XMP ":
            layout.add(BlockKind.XMP, start, end, after_end=at >= declared)
        at += 8 + length + (length & 1)
    layout.frames = max(1, animated)


def _size(data: bytes, name: bytes, start: int) -> tuple[int, int]:
    if name == b"VP8X":
        return u24(data, start + 4) + 1, u24(data, start + 7) + 1
    if name == b"VP8L":
        bits = u32(data, start + 1, "<")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    return u16(data, start + 6, "<") & 0x3FFF, u16(data, start + 8, "<") & 0x3FFF


def u24(data: bytes, at: int) -> int:
    """Unsigned 24-bit little-endian integer."""
    return u16(data, at, "<") | data[at + 2] << 16
