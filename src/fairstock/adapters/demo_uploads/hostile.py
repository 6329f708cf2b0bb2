"""Files that are no honest pictures at all: broken, boobytrapped, or something else under a picture's
name.
"""

from __future__ import annotations

import struct
import zlib

from fairstock.adapters.demo_uploads.drawing import chunk, encoded, packed, png, scene

_HUGE = 60_000
"""Width and height that the bomb declares: 3.6 gigapixels in a file of a few hundred bytes."""


def hostile_files() -> dict[str, bytes]:
    """File name → bytes; the name says what is wrong."""
    return {
        "truncated.jpg": _half(encoded(scene(21, 800), "JPEG", quality=90)),
        "bomb_of_pixels.png": _pixel_bomb(),
        "bomb_of_text.png": png(scene(22), packed("Comment", bytes(12 * 2**20))),
        "a_text.png": b"This is no picture, whatever its name says.\n" * 40,
        "a_drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path/></svg>',
    }


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _pixel_bomb() -> bytes:
    """A PNG whose header is true to the standard and whose picture would fill the memory."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", _HUGE, _HUGE, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(2**20), 9)) + chunk(b"IEND", b"")
    )
