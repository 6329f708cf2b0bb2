"""Pictures that a call begins with: checked, converted and stored before anything is recorded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from fairstock.asset.model import Asset
from fairstock.bootstrap import App
from fairstock.provenance.containers import sniff as mime_of
from fairstock.provenance.model import C2paState
from fairstock.upload.reference import BadReference, Reference, read_reference
from fairstock.web.api.asks import REFINE, Wanted
from fairstock.web.api.earlier import earlier_picture
from fairstock.web.api.errors import BadField

_KEPT = (C2paState.TRUSTED, C2paState.VALID, C2paState.EXPIRED, C2paState.ALTERED)


@dataclass(frozen=True, slots=True)
class Stored:
    """The pictures of an ask."""

    source_sha256: str | None = None
    """Of what the buyer sent, as PNG; None where that is the very file of ``parent``."""
    sent_sha256: str | None = None
    """Of the file as it came, where it has content credentials that the record of the result keeps."""
    mask_sha256: str | None = None
    parent: Asset | None = None
    """The caller's own earlier picture that is carried on."""
    converted: tuple[tuple[str, str], ...] = ()
    """(field, what was converted) in words, for the answer."""


def store_references(house: App, buyer_id: str, wanted: Wanted) -> Stored:
    """Raises ``BadField`` for a picture or mask that cannot be used; nothing is stored then."""
    parent = earlier_picture(house, buyer_id, wanted)
    image = None if wanted.image is None else _read(house, "image", wanted.image)
    mask = None if wanted.mask is None else _read(house, "mask", wanted.mask)
    begun, edge = ("image", image.edge if image else 0) if wanted.refine_of is None else (REFINE, 0)
    if parent is not None:
        edge = parent.width
    if mask is not None:
        _check_mask(mask, begun, edge)
    masked = house.objects.put(mask.png) if mask is not None else None
    source = _stored_image(house, wanted, image) if image and (wanted.refine_of or not parent) else None
    if image and image.has_holes and mask is None and wanted.prompt and wanted.refine_of is None:
        masked = house.objects.put(image.png)  # an edit whose picture is its own mask
    converted = [("image", words) for words in image.converted] if image and source else []
    converted += [("mask", words) for words in mask.converted] if mask else []
    if edge and edge != wanted.size:
        converted.append((begun, f"{edge} to {wanted.size} pixels"))
    sent = _with_credentials(house, wanted.image or b"") if source else None
    return Stored(source, sent, masked, parent, tuple(converted))


def _with_credentials(house: App, data: bytes) -> str | None:
    """The digest of a file whose C2PA manifest can be kept: intact, of whomever, or with pixels changed
    since, which the record then says. One that is damaged, or lies elsewhere, cannot.
    """
    state = house.c2pa_reader.read(data, mime_of(data) or "").state
    return hashlib.sha256(data).hexdigest() if state in _KEPT else None


def _stored_image(house: App, wanted: Wanted, image: Reference) -> str:
    """The digest under which the picture lies; the file as it came is kept too, for whoever has to look into
    a complaint.
    """
    house.objects.put(wanted.image or b"")
    return house.objects.put(image.png)


def _read(house: App, name: str, data: bytes) -> Reference:
    try:
        return read_reference(house.decode_guard, data)
    except BadReference as error:
        raise BadField(name, f"Invalid '{name}': {error}", "invalid_image") from error


def _check_mask(mask: Reference, begun: str, edge: int) -> None:
    if mask.edge != edge:
        sizes = f"{mask.edge} × {mask.edge} pixels, the picture of '{begun}' {edge} × {edge}"
        raise BadField("mask", f"Invalid 'mask': it has {sizes}; both must be the same.", "invalid_mask")
    if not mask.has_holes:
        message = "Invalid 'mask': no pixel is fully transparent (alpha 0), so there is nothing to edit."
        raise BadField("mask", message, "invalid_mask")
