"""What a container parser reports, and the small helpers they share."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import StrEnum

MAX_PARTS = 300_000
"""Most chunks, segments or boxes that one parser walks over; more is no honest file."""


class BlockKind(StrEnum):
    """How the bytes of a metadata block are to be read."""

    TEXT = "text"
    """PNG tEXt: keyword, NUL, Latin-1 text."""
    ZTEXT = "ztext"
    """PNG zTXt: keyword, NUL, method, zlib data."""
    ITEXT = "itext"
    """PNG iTXt: keyword, flags, language, UTF-8 text, perhaps zlib data."""
    EXIF = "exif"
    """A TIFF structure with EXIF tags."""
    XMP = "xmp"
    """An XMP packet (RDF in XML)."""
    XMP_PART = "xmp-part"
    """One part of a JPEG's extended XMP, without its GUID, length and offset."""
    IPTC = "iptc"
    """IPTC-IIM data sets, perhaps inside Photoshop's resource blocks."""
    COMMENT = "comment"
    """A bare comment."""


@dataclass(frozen=True, slots=True)
class Block:
    """One metadata block as a span of the file."""

    kind: BlockKind
    start: int
    end: int
    after_end: bool = False
    counted: bool = True
    """False where the span is the whole file (TIFF) and says nothing about the size of its metadata."""


@dataclass(slots=True)
class Layout:
    """Size, frames and metadata of a file as its headers declare them; filled while parsing, kept when it
    breaks off.
    """

    width: int = 0
    height: int = 0
    frames: int = 1
    blocks: list[Block] = field(default_factory=list)

    @property
    def metadata_bytes(self) -> int:
        """Sum of the metadata blocks in bytes."""
        return sum(block.end - block.start for block in self.blocks if block.counted)

    def add(
        self, kind: BlockKind, start: int, end: int, *, after_end: bool = False, counted: bool = True
    ) -> None:
        """Note a metadata block that lies at ``start:end``."""
        self.blocks.append(Block(kind, start, end, after_end, counted))


def u16(data: bytes, at: int, order: str = ">") -> int:
    """Unsigned 16-bit integer; struct.error where the file ends before it."""
    value: int = struct.unpack_from(f"{order}H", data, at)[0]
    return value


def u32(data: bytes, at: int, order: str = ">") -> int:
    """Unsigned 32-bit integer; struct.error where the file ends before it."""
    value: int = struct.unpack_from(f"{order}I", data, at)[0]
    return value
