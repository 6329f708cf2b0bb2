"""Text hidden in the lowest bits of pixels, as "stealth pnginfo" writes it.

Format (github.com/neggles/sd-webui-stealth-pnginfo): the lowest bit of alpha, or of red, green and blue,
column by column from the left; 15 letters of magic, 32 bits that give the payload's length in bits, then
UTF-8 or gzip of it.
"""

from __future__ import annotations

import gzip
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.upload.metadata import clean
from fairstock.upload.model import EmbeddedText

_MAGIC_BITS = 15 * 8
_LENGTH_BITS = 32
_MAGICS = {
    b"stealth_pnginfo": False,
    b"stealth_pngcomp": True,
    b"stealth_rgbinfo": False,
    b"stealth_rgbcomp": True,
}
"""Magic and whether the payload is gzip."""


def hidden_text(image: Image.Image, limit: int) -> EmbeddedText | None:
    """The hidden text of an 8-bit RGB or RGBA picture, at most ``limit`` bytes of it; None where there is
    none.
    """
    if image.mode not in ("RGB", "RGBA"):
        return None
    pixels = np.asarray(image)
    planes = [pixels[:, :, :3]] if image.mode == "RGB" else [pixels[:, :, 3:], pixels[:, :, :3]]
    for plane in planes:
        found = _read(plane, limit)
        if found is not None:
            return found
    return None


def _read(plane: NDArray[np.uint8], limit: int) -> EmbeddedText | None:
    head = _bits(plane, 0, _MAGIC_BITS + _LENGTH_BITS)
    magic = head[: _MAGIC_BITS // 8]
    if magic not in _MAGICS or len(head) < (_MAGIC_BITS + _LENGTH_BITS) // 8:
        return None
    length = min(int.from_bytes(head[_MAGIC_BITS // 8 :], "big"), 8 * limit)
    payload = _bits(plane, _MAGIC_BITS + _LENGTH_BITS, length)
    if _MAGICS[magic]:
        payload = _gunzip(payload, limit)
    return EmbeddedText("pixels", magic.decode(), clean(payload.decode("utf-8", "replace")))


def _bits(plane: NDArray[np.uint8], start: int, count: int) -> bytes:
    """``count`` low bits from bit ``start`` in column order; only the columns that hold them are touched."""
    per_column = plane.shape[0] * plane.shape[2]
    first, last = start // per_column, -(-(start + count) // per_column)
    columns = plane[:, first:last].transpose(1, 0, 2).reshape(-1) & 1
    offset = start - first * per_column
    return np.packbits(columns[offset : offset + count]).tobytes()


def _gunzip(payload: bytes, limit: int) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(payload, limit)
    except (zlib.error, gzip.BadGzipFile):
        return b""  # the magic alone already says who wrote it
