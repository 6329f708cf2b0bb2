"""IPTC-IIM data sets (record 2), bare or inside Photoshop's image resource blocks."""

from __future__ import annotations

from collections.abc import Iterator

_NAMES = {
    5: "ObjectName",
    25: "Keywords",
    40: "SpecialInstructions",
    65: "OriginatingProgram",
    80: "By-line",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    120: "Caption",
}
_MAX_SETS = 500


def data_sets(block: bytes) -> Iterator[tuple[str, str]]:
    """Known data sets as (name, text); stops quietly where the structure breaks."""
    data = _resource(block) if block[:4] == b"8BIM" else block
    at = 0
    for _ in range(_MAX_SETS):
        if at + 5 > len(data) or data[at] != 0x1C:
            return
        record, number = data[at + 1], data[at + 2]
        length = int.from_bytes(data[at + 3 : at + 5], "big")
        if length & 0x8000:
            return  # extended sizes carry no text that we read
        if record == 2 and number in _NAMES:
            yield _NAMES[number], data[at + 5 : at + 5 + length].decode("utf-8", "replace")
        at += 5 + length


def _resource(block: bytes) -> bytes:
    """The content of Photoshop resource 0x0404, or nothing."""
    at = 0
    for _ in range(_MAX_SETS):
        if block[at : at + 4] != b"8BIM" or at + 12 > len(block):
            return b""
        number = int.from_bytes(block[at + 4 : at + 6], "big")
        name = block[at + 6]
        start = at + 6 + name + 1 + (name + 1 & 1)
        length = int.from_bytes(block[start : start + 4], "big")
        if number == 0x0404:
            return block[start + 4 : start + 4 + length]
        at = start + 4 + length + (length & 1)
    return b""
