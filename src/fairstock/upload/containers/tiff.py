"""TIFF 6.0 directories: size of the first page and number of pages; the EXIF reader takes the tags."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from fairstock.upload.containers.layout import BlockKind, Layout, u16, u32

_MAX_PAGES = 10_000
_TYPE_SHORT = 3
_PHOTOMETRIC, _SUB_DIRECTORIES, _DNG_VERSION = 0x0106, 0x014A, 0xC612
_SENSOR = (32803, 34892)
"""Photometric interpretations of sensor data: colour filter array, linear raw (TIFF/EP, DNG)."""
_MAX_ENTRIES, _MAX_SUB_DIRECTORIES = 1024, 8


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


def is_raw(data: bytes) -> bool:
    """Whether a TIFF holds a camera's sensor data: DNG's version, Canon's CR2 mark, or a colour filter array
    in the first directory or one of its subdirectories. Never raises.
    """
    if data[8:10] == b"CR":
        return True
    order = "<" if data[:2] == b"II" else ">"
    try:
        first = dict(_entries(data, u32(data, 4, order), order))
        below = [dict(_entries(data, at, order)) for at in _subdirectories(data, first, order)]
    except struct.error:
        return False
    kinds = (u16(data, part[_PHOTOMETRIC] + 8, order) for part in (first, *below) if _PHOTOMETRIC in part)
    return _DNG_VERSION in first or any(kind in _SENSOR for kind in kinds)


def _entries(data: bytes, at: int, order: str) -> Iterator[tuple[int, int]]:
    """(tag, position of the entry) of one directory; struct.error where it breaks off."""
    for place in range(min(u16(data, at, order), _MAX_ENTRIES)):
        entry = at + 2 + 12 * place
        yield u16(data, entry, order), entry


def _subdirectories(data: bytes, entries: dict[int, int], order: str) -> list[int]:
    if _SUB_DIRECTORIES not in entries:
        return []
    entry = entries[_SUB_DIRECTORIES]
    count = min(u32(data, entry + 4, order), _MAX_SUB_DIRECTORIES)
    start = entry + 8 if count == 1 else u32(data, entry + 8, order)
    return [u32(data, start + 4 * place, order) for place in range(count)]
