"""How a picture is recognised: perceptual hashes that survive re-encoding and resizing."""

from __future__ import annotations

from imagehash import ImageHash, phash
from PIL import Image, ImageOps

from fairstock.asset.model import Fingerprint

_HASHED = 32
"""Side in pixels at which a perceptual hash is taken."""


def flattened(image: Image.Image) -> Image.Image:
    """The picture in RGB with its transparent parts on white, as a buyer sees it; itself where it is so."""
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(white, layered).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def fingerprint(image: Image.Image) -> Fingerprint:
    """Perceptual hashes of a decoded picture of any mode and size, and of its mirror image."""
    # What ``phash`` does first, once for both: scaled to its own size a picture stays as it is.
    small = flattened(image).convert("L").resize((_HASHED, _HASHED), Image.Resampling.LANCZOS)
    return Fingerprint(_signed(phash(small)), _signed(phash(ImageOps.mirror(small))))


def distance(left: int, right: int) -> int:
    """Bits in which two signed 64-bit hashes differ, 0 to 64."""
    return ((left ^ right) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


def _signed(value: ImageHash) -> int:
    """The 64 bits of a hash as a signed integer, which is what PostgreSQL's BIGINT holds."""
    return int.from_bytes(int(str(value), 16).to_bytes(8), signed=True)
