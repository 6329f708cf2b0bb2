"""The file that a license entitles to."""

from io import BytesIO

from PIL import Image
from slugify import slugify

from fairstock.asset.model import Asset

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


def delivered(asset: Asset, size: int, original: bytes) -> tuple[bytes, str, str]:
    """Bytes, media type and file name for a license of ``size`` pixels.

    A license of the work's full size gives the stored file, with its signature. A smaller one gives a PNG
    reduced to that size, which cannot carry the signature of the larger file.
    """
    name = slugify(asset.title)[:60] or "picture"
    tail = asset.id.rpartition("_")[2][:8]
    if size >= max(asset.width, asset.height):
        return original, asset.mime, f"fairstock-{name}-{tail}.{_ENDINGS.get(asset.mime, 'bin')}"
    with Image.open(BytesIO(original)) as image:
        small = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    small.thumbnail((size, size), Image.Resampling.LANCZOS)
    out = BytesIO()
    small.save(out, "PNG")
    return out.getvalue(), "image/png", f"fairstock-{name}-{tail}-{size}.png"
