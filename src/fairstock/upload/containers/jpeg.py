"""JPEG segments (ITU-T T.81 annex B) up to the first scan; Exif, XMP, IPTC and comments."""

from __future__ import annotations

from fairstock.upload.containers.layout import MAX_PARTS, BlockKind, Layout, u16

SIGNATURE = b"\xff\xd8\xff"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_PREFIXES = (
    (0xE1, b"Exif\x00\x00", BlockKind.EXIF),
    (0xE1, b"http://ns.adobe.com/xap/1.0/\x00", BlockKind.XMP),
    (0xE1, b"http://ns.adobe.com/xmp/extension/\x00", BlockKind.XMP_PART),
    (0xED, b"Photoshop 3.0\x00", BlockKind.IPTC),
    (0xFE, b"", BlockKind.COMMENT),
)
_EXTENSION_HEAD = 40
"""Bytes of GUID, full length and offset in front of a part of extended XMP."""


def parse(data: bytes, layout: Layout) -> None:
    """Fill ``layout``; fill bytes (FF FF) are skipped, the walk ends at the first scan."""
    at = 2
    for _ in range(MAX_PARTS):
        while at < len(data) and data[at] != 0xFF:
            at += 1
        while at + 1 < len(data) and data[at + 1] == 0xFF:
            at += 1
        if at + 4 > len(data):
            return
        marker = data[at + 1]
        if marker in (0xDA, 0xD9):
            return
        if marker in _ALONE or marker == 0:
            at += 2
            continue
        length = u16(data, at + 2)
        _segment(data, layout, marker, at + 4, min(at + 2 + length, len(data)))
        at += 2 + max(length, 2)


def _segment(data: bytes, layout: Layout, marker: int, start: int, end: int) -> None:
    if marker in _FRAMES and not layout.width:
        layout.height, layout.width = u16(data, start + 1), u16(data, start + 3)
        return
    for wanted, prefix, kind in _PREFIXES:
        if marker == wanted and data.startswith(prefix, start):
            head = len(prefix) + (_EXTENSION_HEAD if kind is BlockKind.XMP_PART else 0)
            layout.add(kind, min(start + head, end), end)
            return
