"""Small pictures for pages: made from the stored bytes, bounded in size, kept in a bounded cache."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from fairstock.kit.errors import BadInput
from fairstock.kit.files import write_whole

WIDTHS = (240, 640)
"""Edges in pixels: thumbnails stay below the smallest size that is sold (256), previews carry a mark."""
MARKED_FROM = 256
_MOST_PIXELS = 50_000_000
_CACHE_BYTES = 512 * 2**20
_SWEEP_EVERY = 200


class NotShowable(BadInput):
    """Stored bytes cannot be shown as a picture."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The picture cannot be shown: {reason}.", remedy="download the file to look at it")


class Renditions:
    """WebP pictures by the content's hash, edge and mark; the oldest are dropped beyond 512 MiB."""

    def __init__(self, folder: Path, *, most_bytes: int = _CACHE_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._made = 0

    def get(self, digest: str, edge: int, *, marked: bool, load: Callable[[], bytes]) -> bytes:
        """The picture at most ``edge`` pixels wide and high; ``load`` gives the stored bytes when it is new.

        Raises ``NotShowable``, also for an ``edge`` that is none of ``WIDTHS``.
        """
        if edge not in WIDTHS:
            raise NotShowable(f"{edge} pixels is none of the sizes {', '.join(map(str, WIDTHS))}")
        name = hashlib.sha256(f"{digest}|{edge}|{marked}|1".encode()).hexdigest()
        path = self._folder / name[:2] / f"{name}.webp"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            data = render(load(), edge, marked=marked)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
        self._made += 1
        if self._made % _SWEEP_EVERY == 1:
            self._sweep()
        return data

    def _sweep(self) -> None:
        """Drop the oldest files until the cache fits its bound; others may drop them at this moment."""
        files: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("*/*.webp"):
            with suppress(FileNotFoundError):
                known = path.stat()
                files.append((known.st_mtime, known.st_size, path))
        left = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if left <= self._most_bytes:
                return
            left -= size
            path.unlink(missing_ok=True)


def render(data: bytes, edge: int, *, marked: bool = False) -> bytes:
    """A WebP of the picture, at most ``edge`` pixels wide and high. Raises ``NotShowable``."""
    try:
        with Image.open(BytesIO(data)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise NotShowable(f"it has {image.width} × {image.height} pixels")
            image.draft("RGB", (edge, edge))
            small = image.convert("RGBA")
    except NotShowable:
        raise
    except Exception as error:  # decoders raise whatever they like on hostile bytes
        raise NotShowable(f"it is damaged ({type(error).__name__})") from error
    small.thumbnail((edge, edge))
    if marked:
        small = _marked(small)
    out = BytesIO()
    small.save(out, "WEBP", quality=86, method=4)
    return out.getvalue()


def _marked(image: Image.Image) -> Image.Image:
    """The picture with a pale, tiled "fairstock preview": a preview must not replace a license."""
    tile = Image.new("RGBA", (240, 90))
    pen = ImageDraw.Draw(tile)
    font = ImageFont.load_default(size=20)
    pen.text((31, 31), "fairstock preview", fill=(255, 255, 255, 120), font=font)
    pen.text((30, 30), "fairstock preview", fill=(40, 40, 40, 70), font=font)
    layer = Image.new("RGBA", (image.width * 2, image.height * 2))
    for row, top in enumerate(range(0, layer.height, tile.height)):
        for left in range(-120 * (row % 2), layer.width, tile.width):
            layer.paste(tile, (left, top))
    layer = layer.rotate(24, resample=Image.Resampling.BICUBIC)
    left, top = (layer.width - image.width) // 2, (layer.height - image.height) // 2
    return Image.alpha_composite(image, layer.crop((left, top, left + image.width, top + image.height)))
