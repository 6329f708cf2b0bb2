"""Turns a drawn picture into the file that a buyer gets: label, watermark, XMP, signature, in this order.

The watermark lies in the pixels, so it comes before anything that describes them; the signature covers all.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace

from PIL import Image

from fairstock.kit.errors import BadInput
from fairstock.provenance import xmp
from fairstock.provenance.marking import mark_pixels
from fairstock.provenance.model import House, Mark, ProvenanceClaim
from fairstock.provenance.ports import Signer, Watermark
from fairstock.provenance.visible import label

MIME = "image/png"
VISIBLE = "visible_mark"
"""The order's option that asks for a visible label: "on" or "off"."""
_COMPRESSION = 6


class BadVisibleMark(BadInput):
    """The option visible_mark is neither on nor off."""

    def __init__(self, value: str) -> None:
        super().__init__(f"{VISIBLE} is {value!r}.", remedy='send "on" or "off"')


@dataclass(frozen=True, slots=True)
class Finished:
    """A file that is ready for the buyer."""

    data: bytes
    picture: Image.Image
    """The pixels as they are in the file."""
    mark: Mark


def wants_label(options: Mapping[str, str]) -> bool:
    """Whether the buyer asked for a visible label; raises ``BadVisibleMark``."""
    value = options.get(VISIBLE, "off")
    if value not in ("on", "off"):
        raise BadVisibleMark(value)
    return value == "on"


def finish(
    picture: Image.Image,
    claim: ProvenanceClaim,
    *,
    signer: Signer,
    watermark: Watermark,
    house: House,
    inside: Image.Image | None = None,
) -> Finished:
    """The signed PNG of a picture.

    ``inside``: greyscale of the same size, 0 where pixels must stay bit for bit (outside an edit's mask);
    such a picture gets no visible label. Raises what the signer raises.
    """
    labelled = claim.visible_label and inside is None
    marked, mark = mark_pixels(
        label(picture) if labelled else picture, watermark, claim.picture_id, inside=inside
    )
    claim = replace(claim, mark=mark, visible_label=labelled)
    file = io.BytesIO()
    marked.save(file, "PNG", compress_level=_COMPRESSION)
    data = signer.sign(xmp.mark(file.getvalue(), claim, house), MIME, claim)
    return Finished(data, marked, mark)
