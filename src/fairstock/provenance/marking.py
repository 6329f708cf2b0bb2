"""Use case: the watermark of one picture, or the reason why it has none."""

from __future__ import annotations

import hashlib

from PIL import Image

from fairstock.provenance.model import Mark
from fairstock.provenance.ports import NotMarked, Watermark


def payload_of(picture_id: str, length: int) -> bytes:
    """The payload of a picture: the same for the same picture, so that a retry marks alike; never all zero.

    Two pictures may share one by chance (one pair among a million pictures, once in 500 such catalogues); the
    register answers with both, and looks tell them apart.
    """
    return hashlib.sha256(b"watermark\x00" + picture_id.encode()).digest()[:length]


def mark_pixels(
    picture: Image.Image, watermark: Watermark, picture_id: str, *, inside: Image.Image | None = None
) -> tuple[Image.Image, Mark]:
    """The picture with its mark, or as it was with the reason.

    ``inside``: greyscale of the same size, 0 where pixels must stay bit for bit, as around an edit.
    """
    payload = payload_of(picture_id, watermark.payload_bytes)
    try:
        marked = watermark.embed(picture, payload, inside=inside)
    except NotMarked as cause:
        return picture, Mark(watermark.method, None, cause.reason)
    return marked, Mark(watermark.method, payload)
