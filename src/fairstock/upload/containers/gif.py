"""GIF 87a and 89a blocks: screen size, frames, comments and the XMP application block."""

from __future__ import annotations

from fairstock.upload.containers.layout import MAX_PARTS, BlockKind, Layout, u16

_XMP = b"XMP DataXMP"


def parse(data: bytes, layout: Layout) -> None:
    """Fill ``layout``; frames are counted by their image descriptors."""
    layout.width, layout.height = u16(data, 6, "<"), u16(data, 8, "<")
    at, frames = 13 + _table(data[10]), 0
    for _ in range(MAX_PARTS):
        if at >= len(data) or data[at] not in (0x21, 0x2C):
            break
        if data[at] == 0x2C:
            frames += 1
            at = _skip(data, at + 11 + _table(data[at + 9]))
        else:
            at = _extension(data, layout, at)
    layout.frames = max(1, frames)


def _extension(data: bytes, layout: Layout, at: int) -> int:
    start = at + 3
    end = _skip(data, at + 2)
    if data[at + 1] == 0xFE:
        layout.add(BlockKind.COMMENT, start, min(end, len(data)))
    elif data[at + 1] == 0xFF and data.startswith(_XMP, start):
        layout.add(BlockKind.XMP, start + len(_XMP), min(end, len(data)))
    return end


def _table(flags: int) -> int:
    """Bytes of a colour table whose presence and size the flags declare."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _skip(data: bytes, at: int) -> int:
    """Position behind a chain of sub-blocks; the end of the file where the chain is cut."""
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1
