"""TIFF 6.0 directories: size of the first page and number of pages; the EXIF reader takes the tags."""

from __future__ import annotations

from fairstock.upload.containers.layout import BlockKind, Layout, u16, u32

_MAX_PAGES = 10_000
_TYPE_SHORT = 3


def parse(data: bytes, layout: Layout) -> None:
    """Fill ``layout``; the whole file is one EXIF block, since TIFF tags may lie anywhere in it."""
    order = "<" if data[:2] == b"II" else ">"
    layout.add(BlockKind.EXIF, 0, len(data), counted=False)
    at, seen, pages = u32(data, 4, order), set[int](), 0
    while at and at not in seen and pages < _MAX_PAGES:
        seen.add(at)
        count = u16(data, at, order)
        if pages == 0:
            _size(data, layout, at + 2, count, order)
        pages += 1
        layout.frames = pages
        at = u32(data, at + 2 + 12 * count, order)


def _size(data: bytes, layout: Layout, at: int, count: int, order: str) -> None:
    for entry in range(at, at + 12 * count, 12):
        tag, kind = u16(data, entry, order), u16(data, entry + 2, order)
        if tag in (256, 257):
            value = u16(data, entry + 8, order) if kind == _TYPE_SHORT else u32(data, entry + 8, order)
            if tag == 256:
                layout.width = value
            else:
                layout.height = value
