"""Compares a picture with the raw or layered file that a contributor sends as evidence; runs in a decoding
process.

What is compared is what the evidence shows of itself: a raw file's embedded preview, a layered file's merged
picture. A raw file is worth more than layers, since layers can be made from any picture in a minute.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.upload.containers.tiff import is_raw
from fairstock.upload.picture import working_picture
from fairstock.upload.sniff import CR3, RAW_MAGIC

SAME = 0.1
"""1 − correlation up to which two pictures show the same: developing a raw file changes tones, not shapes."""
_PHOTOSHOP_LAYERS = 37724
_MERGED = ("mergedimage.png",)
"""Where OpenRaster and Krita keep the merged picture."""
_LARGEST_ENTRY = 64_000_000
_MOST_PREVIEWS = 12
_SIDE = 48
_SCALES = (1.0, 0.95, 0.9, 0.8, 0.7)
_STEPS = 5


@dataclass(frozen=True, slots=True)
class Support:
    """How a file that was sent as evidence compares with the picture."""

    kind: str
    """raw, layers, flat (one layer only), or none (nothing that we can open)."""
    matches: bool
    difference: float
    """1 − correlation of brightness for the best crop, 0 (equal) to 1."""
    notes: tuple[str, ...]
    """What else there is to know, in sentences."""


def compare(picture: bytes, evidence: bytes) -> Support:
    """The comparison. Raises what Pillow raises where the picture itself cannot be opened."""
    with Image.open(io.BytesIO(picture)) as image:
        small = working_picture(image)
    kind, shown, notes = _shown(evidence)
    if not shown:
        return Support("none", False, 1.0, tuple(notes))
    difference = min(_difference(small, each) for each in shown)
    return Support(kind, difference <= SAME and kind != "none", round(difference, 4), tuple(notes))


def _shown(data: bytes) -> tuple[str, list[Image.Image], list[str]]:
    """Kind, what the evidence shows of itself, and notes."""
    if data.startswith(b"8BPS"):
        return _photoshop(data)
    if data.startswith(b"PK\x03\x04"):
        return _archive(data)
    if data.startswith(b"gimp xcf"):
        return "none", [], ["GIMP's own format is not read here: export the picture as OpenRaster (.ora)."]
    if data.startswith(RAW_MAGIC) or data[8:12] == CR3 or data[:4] in (b"II*\x00", b"MM\x00*"):
        return _tiff_or_raw(data)
    return "none", [], ["The file is neither a raw file nor one with layers that we can open."]


def _photoshop(data: bytes) -> tuple[str, list[Image.Image], list[str]]:
    with Image.open(io.BytesIO(data), formats=["PSD"]) as image:
        layers = len(getattr(image, "layers", ()))
        merged = working_picture(image)
    return _layered(layers, merged)


def _layered(layers: int, merged: Image.Image) -> tuple[str, list[Image.Image], list[str]]:
    note = f"The file has {layers} layer{'' if layers == 1 else 's'}."
    return ("layers" if layers > 1 else "flat"), [merged], [note]


def _archive(data: bytes) -> tuple[str, list[Image.Image], list[str]]:
    """OpenRaster and Krita: a ZIP with the merged picture and one entry or more for each layer."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        merged = next((name for name in names if name in _MERGED), None)
        if merged is None:
            return "none", [], ["The archive holds no merged picture, as OpenRaster and Krita files do."]
        with archive.open(merged) as entry:
            raw = entry.read(_LARGEST_ENTRY)
    layers = sum(1 for name in names if re.search(r"(^data/.+\.png$)|(/layers/layer\d+$)", name))
    with Image.open(io.BytesIO(raw), formats=["PNG"]) as image:
        return _layered(layers, working_picture(image))


def _tiff_or_raw(data: bytes) -> tuple[str, list[Image.Image], list[str]]:
    if data.startswith(RAW_MAGIC) or data[8:12] == CR3 or is_raw(data):
        shown = list(_previews(data))
        share = 1 - sum(length for length, _ in shown) / len(data)
        notes = [f"{share:.0%} of the raw file is something else than its previews."]
        kind = "raw" if share > 0.3 else "flat"  # a raw file that is nothing but previews has no sensor data
        return kind, [image for _, image in shown], notes
    with Image.open(io.BytesIO(data), formats=["TIFF"]) as image:
        pages = getattr(image, "n_frames", 1)
        inside = 2 if _PHOTOSHOP_LAYERS in getattr(image, "tag_v2", {}) else 0
        merged = working_picture(image)
    return _layered(max(pages, inside, 1), merged)


def _previews(data: bytes) -> Iterator[tuple[int, Image.Image]]:
    """JPEGs inside the file that open, at most ``_MOST_PREVIEWS``: (bytes, working picture)."""
    starts = [found.start() for found in re.finditer(b"\xff\xd8\xff[\xdb\xe0\xe1\xc0\xc4\xee]", data)]
    for start in starts[:_MOST_PREVIEWS]:
        end = data.find(b"\xff\xd9", start)
        try:
            with Image.open(io.BytesIO(data[start:]), formats=["JPEG"]) as image:
                if min(image.size) >= _SIDE:
                    yield (end - start if end > 0 else 0), working_picture(image)
        except (OSError, ValueError, SyntaxError):
            continue  # bytes that only look like the beginning of one, or lossless JPEG of the sensor


def _difference(picture: Image.Image, shown: Image.Image) -> float:
    """1 − correlation for the best of many crops of ``shown``, upright or turned by quarters."""
    wanted = _levels(picture, None)
    best = 1.0
    for turned in (shown, shown.rotate(90, expand=True), shown.rotate(270, expand=True)):
        if (turned.width > turned.height) != (picture.width > picture.height) and turned is not shown:
            continue
        best = min(
            best, *(1 - float((wanted * _levels(turned, box)).sum()) for box in _crops(turned, picture))
        )
    return max(0.0, best)


def _crops(shown: Image.Image, like: Image.Image) -> Iterator[tuple[float, float, float, float]]:
    """Boxes in ``shown`` of the picture's shape, from the whole down to ``_SCALES`` of it."""
    scale = min(shown.width / like.width, shown.height / like.height)
    for part in _SCALES:
        width, height = like.width * scale * part, like.height * scale * part
        for across in np.linspace(0, shown.width - width, _STEPS):
            for down in np.linspace(0, shown.height - height, _STEPS):
                yield float(across), float(down), float(across + width), float(down + height)


def _levels(image: Image.Image, box: tuple[float, float, float, float] | None) -> NDArray[np.float64]:
    """Brightness at 48 × 48, free of mean and scale; all zeros for a flat picture."""
    small = image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)
    levels = np.array(small, dtype=np.float64)
    levels -= levels.mean()
    return levels / max(float(np.sqrt((levels**2).sum())), 1e-9)
