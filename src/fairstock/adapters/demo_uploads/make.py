"""Puts the demo's uploads together and writes them with their ``uploads.csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageOps

from fairstock.adapters.demo_uploads.drawing import encoded, scene
from fairstock.adapters.demo_uploads.hostile import hostile_files
from fairstock.adapters.demo_uploads.marked import marked_files
from fairstock.upload.manifest import COLUMNS, NAME

UPLOADER = "sam-shortcut"
"""Handle of the invented contributor who sends everything that is not honest."""
COPIED = 12
"""Works of which copies are sent: three each exactly, as JPEG, smaller, and mirrored."""
OUTPUTS = 4
"""Most pictures of the house's model that come back as somebody's own."""


class Work(NamedTuple):
    """A real work with its author."""

    content: Path | bytes
    handle: str
    title: str
    keywords: tuple[str, ...] = ()

    def data(self) -> bytes:
        """The picture's file."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


class Sent(NamedTuple):
    """One file of the folder and its line in the manifest."""

    file: str
    data: bytes
    contributor: str
    title: str
    keywords: tuple[str, ...]
    claim: str


def make(
    folder: Path,
    works: Sequence[Work],
    honest: Sequence[Work],
    outputs: Sequence[bytes],
    optout_work: bytes,
    *,
    uploader: str = UPLOADER,
) -> int:
    """Write the uploads and ``uploads.csv`` into ``folder``, and return their number.

    ``works`` are in the catalogue already and get copied by ``uploader``; ``honest`` ones come from their own
    authors; ``outputs`` are pictures of the house's model, sent without any metadata; ``optout_work``
    is in the opt-out registry. Files that exist with the same content stay untouched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sent = [
        *_honest(honest),
        *_copies(works, uploader),
        *_marked(uploader),
        *_outputs(outputs, uploader),
        *_opted_out(optout_work, uploader),
        *_hostile(uploader),
    ]
    for each in sent:
        _write(folder / each.file, each.data)
    _write(folder / NAME, _manifest(sent))
    return len(sent)


def _honest(works: Sequence[Work]) -> Iterator[Sent]:
    for number, work in enumerate(works, 1):
        data = work.data()
        suffix = "png" if data.startswith(b"\x89PNG") else "jpg"
        file = f"honest_{number:02}_{work.handle}.{suffix}"
        yield Sent(file, data, work.handle, work.title, work.keywords, "I made this work myself.")


def _copies(works: Sequence[Work], uploader: str) -> Iterator[Sent]:
    for number, work in enumerate(works[:COPIED], 1):
        way = ("exact", "jpeg", "smaller", "mirrored")[number % 4]
        suffix = "jpg" if way in ("jpeg", "mirrored") else "png"
        file = f"copy_{number:02}_{way}.{suffix}"
        yield Sent(file, _copy(work.data(), way), uploader, "My new drawing", ("drawing",), "My own work.")


def _copy(data: bytes, way: str) -> bytes:
    """A copy of a picture made in one of four ways."""
    if way == "exact":
        return data
    with Image.open(io.BytesIO(data)) as opened:
        layered = opened.convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
    if way == "mirrored":
        return encoded(ImageOps.mirror(image), "JPEG", quality=88)
    if way == "smaller":
        size = (max(1, round(image.width * 0.7)), max(1, round(image.height * 0.7)))
        return encoded(image.resize(size, Image.Resampling.LANCZOS), "PNG")
    return encoded(image, "JPEG", quality=75)


def _marked(uploader: str) -> Iterator[Sent]:
    for name, data in marked_files().items():
        yield Sent(f"marked_{name}", data, uploader, "Valley", ("landscape",), "Painted by me.")


def _outputs(outputs: Sequence[bytes], uploader: str) -> Iterator[Sent]:
    """The house's own pictures with every mark removed: pixels only, once as PNG, once as JPEG, and so on."""
    for number, data in enumerate(outputs[:OUTPUTS], 1):
        with Image.open(io.BytesIO(data)) as opened:
            pixels = Image.frombytes("RGB", opened.size, opened.convert("RGB").tobytes())
        stripped = encoded(pixels, "JPEG", quality=90) if number % 2 else encoded(pixels, "PNG")
        file = f"stripped_{number:02}.{'jpg' if number % 2 else 'png'}"
        yield Sent(file, stripped, uploader, "Sketch from my notebook", ("sketch",), "I drew this myself.")


def _opted_out(work: bytes, uploader: str) -> Iterator[Sent]:
    yield Sent("opted_out.png", work, uploader, "Found in a drawer", (), "My own work.")
    resaved = _copy(work, "jpeg")
    yield Sent("opted_out_resaved.jpg", resaved, uploader, "Found in a drawer", (), "My own work.")


def _hostile(uploader: str) -> Iterator[Sent]:
    own = encoded(scene(31), "PNG")
    yield Sent("own_drawing.png", own, uploader, "Hills", ("landscape",), "I made this work myself.")
    yield Sent("own_drawing_again.jpg", _copy(own, "jpeg"), uploader, "Hills", ("landscape",), "My own work.")
    for name, data in hostile_files().items():
        yield Sent(name, data, uploader, "Untitled", (), "My own work.")


def _manifest(sent: Sequence[Sent]) -> bytes:
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in sent:
        writer.writerow([each.file, each.contributor, each.title, ";".join(each.keywords), each.claim])
    return sink.getvalue().encode()


def _write(path: Path, data: bytes) -> None:
    if not (path.is_file() and path.read_bytes() == data):
        path.write_bytes(data)
