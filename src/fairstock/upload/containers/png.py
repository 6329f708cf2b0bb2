"""PNG chunks (RFC 2083, PNG third edition), including those that lie behind IEND."""

from __future__ import annotations

from fairstock.upload.containers.layout import MAX_PARTS, BlockKind, Layout, u32

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_METADATA = {
    b"tEXt": BlockKind.TEXT,
    b"zTXt": BlockKind.ZTEXT,
    b"iTXt": BlockKind.ITEXT,
    b"eXIf": BlockKind.EXIF,
}


def parse(data: bytes, layout: Layout) -> None:
    """Fill ``layout``; a chunk whose length passes the end of the file is read as far as it goes."""
    at = len(SIGNATURE)
    ended = False
    for _ in range(MAX_PARTS):
        if at + 8 > len(data):
            return
        length, name = u32(data, at), data[at + 4 : at + 8]
        start, end = at + 8, min(at + 8 + length, len(data))
        if name == b"IHDR" and not layout.width:
            layout.width, layout.height = u32(data, start), u32(data, start + 4)
        elif name == b"acTL":
            layout.frames = max(1, u32(data, start))
        elif name in _METADATA:
            layout.add(_METADATA[name], start, end, after_end=ended)
        ended = ended or name == b"IEND"
        at += 12 + length
