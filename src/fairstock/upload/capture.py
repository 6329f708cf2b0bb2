"""What a camera wrote into a picture, and whether the picture still fits it; runs in a decoding process.

EXIF can be forged, so nothing here proves anything. What is hard to forge by pasting tags into another
picture is noted apart: the maker's own note, tables of quantisation that no common library writes, and a
small picture inside that shows the same as the large one.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageOps

_BASE = ExifTags.Base
_NOTE_HEADS = {
    "apple": (b"Apple iOS",),
    "casio": (b"QVC\x00", b"DCI\x00"),
    "fujifilm": (b"FUJIFILM",),
    "leica": (b"LEICA",),
    "nikon": (b"Nikon\x00",),
    "olympus": (b"OLYMP\x00", b"OLYMPUS\x00"),
    "panasonic": (b"Panasonic\x00",),
    "pentax": (b"AOC\x00", b"PENTAX "),
    "ricoh": (b"Ricoh", b"RICOH", b"Rv", b"PENTAX "),
    "sigma": (b"SIGMA\x00", b"FOVEON\x00"),
    "sony": (b"SONY DSC", b"SONY CAM", b"SONY MOBILE"),
}
"""How maker notes begin (ExifTool's list of makers); others begin theirs in several ways."""
_SMALLEST_NOTE = 64
_LARGEST_THUMBNAIL = 200_000
_COMPARED = 32
_IJG_LUMINANCE = np.frombuffer(
    bytes.fromhex(
        "100b0a101828333d0c0c0e131a3a3c370e0d1018283945380e11161d3357503e"
        "12162538446d674d182337405168715c31404e5767797865485c5f6270646763"
    ),
    np.uint8,
).astype(int)
"""ITU-T T.81 table K.1, row by row: libjpeg scales it for every quality."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A camera's traces in one file."""

    maker: str
    model: str
    lens: str
    """The lens as named; empty where it is not."""
    body: str
    """Digest of maker, model and the body's serial number, empty where there is no serial: tells bodies
    apart without keeping the number.
    """
    taken: str
    """When, as EXIF has it: ``2026:11:22 09:30:00``, local time; empty where unknown."""
    exposure: bool
    """Whether time, aperture or sensitivity are given and possible."""
    note: str
    """The maker's note: ``fits`` its maker, ``unknown`` form, ``wrong`` for its maker, ``none``."""
    tables: str
    """JPEG quantisation: ``own`` (no common library's), ``library`` (libjpeg's at some quality), ``none``."""
    thumbnail: float | None
    """How far the small picture inside is from the large one, 0 equal, 1 unrelated; None without one."""
    editor: str
    """The program named as the last writer, where it is not the camera's own version; may be empty."""


def read_capture(image: Image.Image, picture: Image.Image) -> Capture | None:
    """The traces in an opened image whose working picture is ``picture``; None without maker and model."""
    try:
        return _read(image, picture)
    except Exception:
        return None


def _read(image: Image.Image, picture: Image.Image) -> Capture | None:
    exif = image.getexif()
    maker, model = _word(exif.get(_BASE.Make)), _word(exif.get(_BASE.Model))
    if not maker or not model:
        return None
    detail: Mapping[int, Any] = exif.get_ifd(ExifTags.IFD.Exif)
    serial = _word(detail.get(_BASE.BodySerialNumber))
    body = hashlib.sha256(f"{maker}\n{model}\n{serial}".encode()).hexdigest()[:16] if serial else ""
    return Capture(
        maker=maker,
        model=model,
        lens=_word(detail.get(_BASE.LensModel)),
        body=body,
        taken=_word(detail.get(_BASE.DateTimeOriginal)),
        exposure=_possible(detail),
        note=_note(maker, detail.get(_BASE.MakerNote)),
        tables=_tables(image),
        thumbnail=_thumbnail(image, exif, picture),
        editor=_editor(_word(exif.get(_BASE.Software)), model),
    )


def _word(value: object) -> str:
    return str(value).replace("\x00", "").strip()[:100] if isinstance(value, str) else ""


def _possible(detail: Mapping[int, Any]) -> bool:
    """At least two of exposure time, aperture and sensitivity, all within what cameras do."""
    bounds = {
        _BASE.ExposureTime: (1e-6, 3600.0),
        _BASE.FNumber: (0.5, 128.0),
        _BASE.ISOSpeedRatings: (1.0, 4e6),
    }
    given = [(float(_first(detail[tag])), bounds[tag]) for tag in bounds if tag in detail]
    return len(given) >= 2 and all(low <= value <= high for value, (low, high) in given)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value


def _note(maker: str, note: object) -> str:
    if not isinstance(note, bytes) or len(note) < _SMALLEST_NOTE:
        return "none"
    heads = next((heads for name, heads in _NOTE_HEADS.items() if maker.lower().startswith(name)), None)
    if heads is None:
        return "unknown"
    return "fits" if note.startswith(heads) else "wrong"


def _tables(image: Image.Image) -> str:
    tables = getattr(image, "quantization", None)
    if not tables or 0 not in tables:
        return "none"
    return "library" if _scaled_from_libjpeg(np.array(tables[0])) else "own"


def _scaled_from_libjpeg(table: np.ndarray[Any, Any]) -> bool:
    """Whether libjpeg makes this luminance table for some quality from 1 to 100."""
    return tuple(sorted(table.tolist())) in _libjpeg_tables()


@cache
def _libjpeg_tables() -> frozenset[tuple[int, ...]]:
    """Each table's numbers sorted: the order within a table is told differently by different programs."""
    scales = [5000 // quality if quality < 50 else 200 - 2 * quality for quality in range(1, 101)]
    tables = [np.clip((_IJG_LUMINANCE * scale + 50) // 100, 1, 255) for scale in scales]
    return frozenset(tuple(sorted(table.tolist())) for table in tables)


def _thumbnail(image: Image.Image, exif: Image.Exif, picture: Image.Image) -> float | None:
    inside = exif.get_ifd(ExifTags.IFD.IFD1)
    start, length = int(inside.get(0x0201, 0)), int(inside.get(0x0202, 0))
    raw = image.info.get("exif", b"")
    if not raw or not 0 < length <= _LARGEST_THUMBNAIL or start <= 0:
        return None
    head = 6 if raw.startswith(b"Exif\x00\x00") else 0
    with Image.open(io.BytesIO(raw[head + start : head + start + length]), formats=["JPEG"]) as small:
        if max(small.size) > 1000:
            return None
        turned = small.convert("L")
    orientation = exif.get(_BASE.Orientation, 1)
    if orientation != 1:
        turned.getexif()[_BASE.Orientation] = orientation
        turned = ImageOps.exif_transpose(turned)
    return min(unlikeness(cut, picture) for cut in (turned, _without_bars(turned, picture.size)))


def _without_bars(small: Image.Image, like: tuple[int, int]) -> Image.Image:
    """The middle of a thumbnail that has the shape of the picture: cameras fill theirs up with black bars."""
    return ImageOps.fit(small, _shape(small.size, like))


def _shape(size: tuple[int, int], like: tuple[int, int]) -> tuple[int, int]:
    scale = min(size[0] / like[0], size[1] / like[1])
    return max(1, round(like[0] * scale)), max(1, round(like[1] * scale))


def unlikeness(first: Image.Image, second: Image.Image) -> float:
    """1 − correlation of two pictures' brightness at 32 × 32, from 0 (equal) to 1; 1 where one is flat."""
    left, right = (
        np.asarray(each.convert("L").resize((_COMPARED, _COMPARED), Image.Resampling.BOX), dtype=np.float64)
        for each in (first, second)
    )
    left, right = left - left.mean(), right - right.mean()
    spread = float(np.sqrt((left**2).sum() * (right**2).sum()))
    return 1.0 if spread == 0 else float(min(1.0, max(0.0, 1 - (left * right).sum() / spread)))


def _editor(software: str, model: str) -> str:
    """The program, unless it reads like a camera's firmware: a version, or a version behind the model."""
    rest = software.replace(model, "").strip().lower()
    firmware = not rest or rest[0].isdigit() or rest.startswith(("ver", "v"))
    return "" if firmware else software
