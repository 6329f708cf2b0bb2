"""AVIF and HEIC in ISO base media files (ISO 14496-12, 23008-12): the largest declared picture, Exif
and XMP.
"""

from __future__ import annotations

from collections.abc import Iterator

from fairstock.upload.containers.layout import MAX_PARTS, BlockKind, Layout, u32

_TIFF_HEADS = (b"II*\x00\x08\x00\x00\x00", b"MM\x00*\x00\x00\x00\x08")
"""How an Exif item starts in either byte order, its first directory right behind."""
_FULL_BOXES = {b"meta": 4}
_DEEPEST = 6
"""The size of a picture lies three containers deep."""
_CONTAINERS = frozenset({b"meta", b"iprp", b"ipco"})


def parse(data: bytes, layout: Layout) -> None:
    """Fill ``layout``; Exif is found by its first bytes, since item locations are more than a gate needs to
    trust.
    """
    for start, _ in _boxes(data, 0, len(data), b"ispe"):
        width, height = u32(data, start + 4), u32(data, start + 8)
        if width * height > layout.width * layout.height:
            layout.width, layout.height = width, height
    starts = [at for magic in _TIFF_HEADS if (at := data.find(magic)) >= 0]
    if starts:
        layout.add(BlockKind.EXIF, min(starts), len(data), counted=False)


def _boxes(data: bytes, at: int, end: int, wanted: bytes, depth: int = 0) -> Iterator[tuple[int, int]]:
    """Spans of the contents of every box of one type, looked for inside the containers that may hold it, as
    deep as honest files nest.
    """
    for _ in range(MAX_PARTS):
        if at + 8 > end:
            return
        length, name = u32(data, at), data[at + 4 : at + 8]
        head = 8
        if length == 1 and at + 16 <= end:
            length, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        stop = end if length == 0 else min(at + length, end)
        if name == wanted:
            yield at + head, stop
        elif name in _CONTAINERS and depth < _DEEPEST:
            yield from _boxes(data, at + head + _FULL_BOXES.get(name, 0), stop, wanted, depth + 1)
        if length < head:
            return
        at = stop
