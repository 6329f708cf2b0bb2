"""Reads every text that an image file carries: PNG chunks, EXIF, XMP, IPTC, comments, also behind the file's
end.

The input is hostile until shown otherwise: every loop is bounded, every unpacking has a limit, and any bytes
whatever give a list (perhaps empty), never an exception other than ``MetadataBomb``.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from fairstock.kit.errors import BadInput
from fairstock.upload import exif, iptc, xmp
from fairstock.upload.containers.layout import Block, BlockKind, Layout
from fairstock.upload.model import EmbeddedText, Limits

KEPT_CHARACTERS = 1_000_000
"""Longest text kept of one entry; marks lie at the beginning or the text is theirs as a whole."""
_MAX_TEXTS = 2000
_RAW_PROFILE = re.compile(r"\s*(\w+)\s+(\d+)\s+([0-9a-fA-F\s]+)")


class MetadataBomb(BadInput):
    """A compressed text unpacks to more than is taken."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"An embedded text unpacks to more than {limit} bytes.",
            remedy="save the picture without embedded metadata",
        )


def read(data: bytes, layout: Layout, limits: Limits) -> list[EmbeddedText]:
    """All texts of a file whose structure is ``layout``. Raises MetadataBomb for a text that unpacks
    too far.
    """
    texts: list[EmbeddedText] = []
    parts: list[bytes] = []
    for block in layout.blocks:
        if block.kind is BlockKind.XMP_PART:
            parts.append(data[block.start : block.end])
            continue
        texts.extend(_block(data, block, limits))
        if len(texts) > _MAX_TEXTS:
            break
    if parts:
        texts.extend(_xmp(b"".join(parts), False))
    return texts[:_MAX_TEXTS]


def carries_c2pa(data: bytes) -> bool:
    """True where a JUMBF box labelled ``c2pa`` lies in the file; reading it is somebody else's work."""
    return b"jumb" in data and b"c2pa" in data


def _block(data: bytes, block: Block, limits: Limits) -> Iterator[EmbeddedText]:
    payload = data[block.start : block.end]
    if block.kind is BlockKind.EXIF:
        yield from _exif(payload, block.after_end)
    elif block.kind is BlockKind.XMP:
        yield from _xmp(payload, block.after_end)
    elif block.kind is BlockKind.IPTC:
        yield from (_text("iptc", key, text, block.after_end) for key, text in iptc.data_sets(payload))
    elif block.kind is BlockKind.COMMENT:
        yield _text("comment", "comment", payload.decode("utf-8", "replace"), block.after_end)
    else:
        yield from _png(block, payload, limits)


def _png(block: Block, payload: bytes, limits: Limits) -> Iterator[EmbeddedText]:
    raw_key, _, body = payload.partition(b"\x00")
    key = raw_key[:200].decode("latin-1")
    if block.kind is BlockKind.TEXT:
        text = _utf8_or_latin1(body)
    elif block.kind is BlockKind.ZTEXT:
        text = _utf8_or_latin1(unpack(body[1:], limits.text_bytes))
    else:
        flags, rest = body[:2], body[2:].split(b"\x00", 2)
        raw = rest[2] if len(rest) == 3 else b""
        text = (unpack(raw, limits.text_bytes) if flags[:1] == b"\x01" else raw).decode("utf-8", "replace")
    if key == "XML:com.adobe.xmp":
        yield from _xmp(text.encode("utf-8", "replace"), block.after_end)
    elif key.startswith("Raw profile type "):
        yield from _raw_profile(text, block.after_end)
    else:
        yield _text("png-text", key, text, block.after_end)


def _raw_profile(text: str, after_end: bool) -> Iterator[EmbeddedText]:
    """ImageMagick's hexadecimal profiles: EXIF, XMP or IPTC inside a PNG text."""
    found = _RAW_PROFILE.match(text[: 2 * KEPT_CHARACTERS])
    if found is None:
        return
    digits = re.sub(r"\s", "", found.group(3))
    raw = bytes.fromhex(digits[: len(digits) // 2 * 2])
    if raw.startswith(b"Exif\x00\x00"):
        yield from _exif(raw[6:], after_end)
    elif found.group(1) in ("exif", "APP1", "app1"):
        yield from _exif(raw, after_end)
    elif found.group(1) == "xmp":
        yield from _xmp(raw, after_end)
    elif found.group(1) in ("iptc", "8bim"):
        yield from (_text("iptc", key, value, after_end) for key, value in iptc.data_sets(raw))


def _exif(payload: bytes, after_end: bool) -> Iterator[EmbeddedText]:
    for name, raw, order in exif.tags(payload):
        if name == "XMP":
            yield from _xmp(raw, after_end)
        elif name == "IPTC":
            yield from (_text("iptc", key, value, after_end) for key, value in iptc.data_sets(raw))
        else:
            yield _text("exif", name, exif.text_of(name, raw, order), after_end)


def _xmp(payload: bytes, after_end: bool) -> Iterator[EmbeddedText]:
    encoding = "utf-16" if payload[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    packet = payload[:KEPT_CHARACTERS].decode(encoding, "replace")
    yield from (_text("xmp", key[:200], value, after_end) for key, value in xmp.properties(packet))


def unpack(packed: bytes, limit: int) -> bytes:
    """Inflate zlib data up to ``limit`` bytes; broken data gives what could be read. Raises MetadataBomb
    beyond.
    """
    inflater = zlib.decompressobj()
    unpacked = bytearray()
    for start in range(0, len(packed), 4096):
        try:
            unpacked += inflater.decompress(packed[start : start + 4096], limit + 1 - len(unpacked))
        except zlib.error:
            break
        if len(unpacked) > limit:
            raise MetadataBomb(limit)
        if inflater.eof:
            break
    return bytes(unpacked)


def _text(source: str, key: str, text: str, after_end: bool) -> EmbeddedText:
    return EmbeddedText(source, clean(key), clean(text[:KEPT_CHARACTERS]), after_end)


def clean(text: str) -> str:
    """Without NUL (trailing ones dropped) and lone surrogates, neither of which PostgreSQL can store."""
    text = text.rstrip("\x00").replace("\x00", "\ufffd")
    return text.encode("utf-8", "replace").decode("utf-8")


def _utf8_or_latin1(raw: bytes) -> str:
    """PNG says Latin-1; most generators write UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
