"""Texts inside EXIF (CIPA DC-008) and TIFF tags, read from untrusted bytes with bounded work."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from fairstock.upload.containers.layout import u16, u32

_TAGS = {
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x0132: "DateTime",
    0x013B: "Artist",
    0x02BC: "XMP",
    0x8298: "Copyright",
    0x83BB: "IPTC",
    0x9003: "DateTimeOriginal",
    0x9286: "UserComment",
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9C9D: "XPAuthor",
    0x9C9E: "XPKeywords",
    0x9C9F: "XPSubject",
}
_POINTERS = frozenset({0x8769})
"""Tags whose value is the offset of another directory (the EXIF directory)."""
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_MAX_DIRECTORIES = 16
_MAX_ENTRIES = 1024


def tags(data: bytes) -> Iterator[tuple[str, bytes, str]]:
    """Known tags as (name, raw value, byte order ``<`` or ``>``); stops quietly where the structure
    breaks.
    """
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return
    try:
        yield from _directories(data, order)
    except struct.error:
        return  # cut off: what came before is kept


def _directories(data: bytes, order: str) -> Iterator[tuple[str, bytes, str]]:
    waiting, seen = [u32(data, 4, order)], set[int]()
    while waiting and len(seen) < _MAX_DIRECTORIES:
        at = waiting.pop(0)
        if at in seen or at == 0:
            continue
        seen.add(at)
        count = min(u16(data, at, order), _MAX_ENTRIES)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag = u16(data, entry, order)
            if tag in _POINTERS:
                waiting.append(u32(data, entry + 8, order))
            elif tag in _TAGS:
                yield _TAGS[tag], _value(data, entry, order), order
        following = at + 2 + 12 * count
        if following + 4 <= len(data):
            waiting.append(u32(data, following, order))


def _value(data: bytes, entry: int, order: str) -> bytes:
    """Raw bytes of one entry; short values lie in the entry itself, others are cut at the end of the file."""
    length = _SIZES.get(u16(data, entry + 2, order), 1) * u32(data, entry + 4, order)
    start = entry + 8 if length <= 4 else u32(data, entry + 8, order)
    return data[start : start + length]


def text_of(name: str, raw: bytes, order: str) -> str:
    """The text of a tag: UserComment by its character code, XP* as UTF-16, others as UTF-8 or Latin-1."""
    if name == "UserComment":
        return _user_comment(raw, order)
    if name.startswith("XP"):
        return raw.decode("utf-16-le", "replace")
    return _loose(raw)


def _user_comment(raw: bytes, order: str) -> str:
    code, body = raw[:8], raw[8:]
    if code == b"UNICODE\x00":
        return body.decode(_utf16(body, order), "replace")
    if code == b"JIS\x00\x00\x00\x00\x00":
        return body.decode("iso2022_jp", "replace")
    if code in (b"ASCII\x00\x00\x00", b"\x00" * 8):
        return _loose(body)
    return _loose(raw)  # written without a character code, as some programs do


def _utf16(body: bytes, order: str) -> str:
    """Byte order of a UTF-16 text: its mark, else where Latin letters have their zeros, else that of the
    file.
    """
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    big, little = body[0:512:2].count(0), body[1:512:2].count(0)
    if big == little:
        return "utf-16-be" if order == ">" else "utf-16-le"
    return "utf-16-be" if big > little else "utf-16-le"


def _loose(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
