"""Tells what a file is by its content; a file's name is never believed."""

from __future__ import annotations

import re
import struct
from contextlib import suppress

from fairstock.upload.containers import bmff, gif, jpeg, png, tiff, webp
from fairstock.upload.containers.layout import BlockKind, Layout
from fairstock.upload.model import ImageFormat, Refusal, RefusalCode

ACCEPTED = "JPEG, PNG, WebP, TIFF, GIF, AVIF or HEIC"
_PARSERS = {
    ImageFormat.PNG: png.parse,
    ImageFormat.JPEG: jpeg.parse,
    ImageFormat.WEBP: webp.parse,
    ImageFormat.GIF: gif.parse,
    ImageFormat.TIFF: tiff.parse,
    ImageFormat.AVIF: bmff.parse,
    ImageFormat.HEIC: bmff.parse,
}
_MAGIC = (
    (png.SIGNATURE, ImageFormat.PNG),
    (jpeg.SIGNATURE, ImageFormat.JPEG),
    (b"GIF87a", ImageFormat.GIF),
    (b"GIF89a", ImageFormat.GIF),
    (b"II*\x00", ImageFormat.TIFF),
    (b"MM\x00*", ImageFormat.TIFF),
)
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
RAW_MAGIC = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\x00", b"FOVb", b"\x00MRM")
"""How raw files of Fujifilm, Olympus, Panasonic, Sigma and Minolta begin; others are TIFF inside."""
CR3 = b"crx "
"""Brand of Canon's newer raw files, which are ISO base media."""
_TIFF = (b"II*\x00", b"MM\x00*")
_RAW = "a camera's raw file, which can be sent as evidence for a picture but not be sold"
_OTHER_PICTURES = (
    *((magic, _RAW) for magic in RAW_MAGIC),
    (b"8BPS", "a Photoshop document"),
    (b"BM", "a BMP picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\x00\x00\x01\x00", "an icon file"),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (b"gimp xcf", "a GIMP document"),
    (b"%!PS", "a PostScript document"),
    (b"SIMPLE  =", "a FITS image"),
    (b"DDS ", "a DirectDraw texture"),
    (b"qoif", "a QOI picture"),
    (b"\x00\x00\x02\x00", "a cursor file"),
    (b"II\xbc", "a JPEG XR picture"),
    (b"AT&TFORM", "a DjVu document"),
    (b"\xd7\xcd\xc6\x9a", "a Windows metafile"),
    *((b"P%d%s" % (kind, space), "a Netpbm picture") for kind in range(1, 8) for space in (b"\n", b" ")),
)
_OTHER_FILES = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"OggS", "an Ogg recording"),
    (b"ID3", "an MP3 recording"),
    (b"\x00\x00\x01\xba", "an MPEG video"),
    (b"FLV\x01", "a Flash video"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"{\\rtf", "a text document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


def sniff(data: bytes) -> ImageFormat | None:
    """The format by magic bytes, or None where the gate does not take it."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ImageFormat.WEBP
    if data[4:8] == b"ftyp":
        return _bmff_brand(data)
    form = next((form for magic, form in _MAGIC if data.startswith(magic)), None)
    return None if form is ImageFormat.TIFF and tiff.is_raw(data) else form


def _bmff_brand(data: bytes) -> ImageFormat | None:
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[at : at + 4] for at in (8, *range(16, length, 4))]
    if b"avif" in brands or b"avis" in brands:
        return ImageFormat.AVIF
    return ImageFormat.HEIC if any(brand in _HEIF_BRANDS for brand in brands) else None


def describe(data: bytes) -> Refusal:
    """Why a file that ``sniff`` does not know is refused, naming what it seems to be."""
    if not data:
        return Refusal(RefusalCode.EMPTY_FILE, "The file is empty.", "Send the file again.")
    if re.search(rb"<svg[\s>]", data[:4096], re.IGNORECASE):
        return _unsupported("an SVG drawing")
    if data[8:12] == CR3 or data.startswith(_TIFF):
        return _unsupported(_RAW)
    for magic, name in _OTHER_PICTURES:
        if data.startswith(magic):
            return _unsupported(name)
    return Refusal(
        RefusalCode.NOT_AN_IMAGE,
        f"The content is {_other(data)}, whatever the file's name says.",
        f"Send the picture itself as {ACCEPTED}.",
    )


def _unsupported(name: str) -> Refusal:
    return Refusal(
        RefusalCode.UNSUPPORTED_FORMAT, f"The file is {name}.", f"Export the picture as {ACCEPTED}."
    )


def _other(data: bytes) -> str:
    for magic, name in _OTHER_FILES:
        if data.startswith(magic):
            return name
    if data[4:8] in (b"ftyp", b"moov", b"mdat") or (data[:4] == b"RIFF" and data[8:12] == b"AVI "):
        return "a video"
    head = data[:2048]
    if re.search(rb"<(!doctype html|html)", head, re.IGNORECASE):
        return "a web page"
    printable = sum(byte in b"\t\n\r\f" or byte >= 32 for byte in head)
    return "plain text" if b"\x00" not in head and printable > 0.97 * len(head) else "no picture that we know"


def layout_of(data: bytes, form: ImageFormat) -> Layout:
    """Size, frames and metadata blocks as the headers declare them; what was read before a break is kept."""
    layout = Layout()
    with suppress(struct.error, IndexError):  # headers that end early leave width 0, or fewer blocks
        _PARSERS[form](data, layout)
    if not any(block.kind is BlockKind.XMP for block in layout.blocks):
        _loose_xmp(data, layout)
    return layout


def _loose_xmp(data: bytes, layout: Layout) -> None:
    """Find an XMP packet anywhere in the bytes: TIFF, AVIF and appended data have no common place for it."""
    start = data.find(b"<x:xmpmeta")
    end = data.find(b"</x:xmpmeta>", start)
    if 0 <= start < end:
        layout.add(BlockKind.XMP, start, end + len(b"</x:xmpmeta>"))
