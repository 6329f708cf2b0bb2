"""Pictures sent along: checked, converted and stored before anything is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from fairstock.bootstrap import App
from fairstock.upload.reference import BadReference, Reference, read_reference
from fairstock.web.api.asks import Wanted
from fairstock.web.api.errors import BadField


@dataclass(frozen=True, slots=True)
class Stored:
    """The pictures of an ask, by digest."""

    source_sha256: str | None = None
    mask_sha256: str | None = None
    converted: tuple[tuple[str, str], ...] = ()
    """(field, what was converted) in words, for the answer."""


def store_references(house: App, wanted: Wanted) -> Stored:
    """Raises ``BadField`` for a picture or mask that cannot be used; nothing is stored then."""
    if wanted.image is None:
        return Stored()
    image = _read(house, "image", wanted.image)
    mask = None if wanted.mask is None else _read(house, "mask", wanted.mask)
    if mask is not None:
        _check_mask(image, mask)
    house.objects.put(wanted.image)  # as it came, for whoever has to look into a complaint
    source = house.objects.put(image.png)
    masked = None
    if mask is not None:
        masked = house.objects.put(mask.png)
    elif wanted.prompt and image.has_holes:  # an edit whose picture is its own mask
        masked = source
    converted = [("image", words) for words in image.converted]
    converted += [("mask", words) for words in mask.converted] if mask else []
    if image.edge != wanted.size:
        converted.append(("image", f"{image.edge} to {wanted.size} pixels"))
    return Stored(source, masked, tuple(converted))


def _read(house: App, name: str, data: bytes) -> Reference:
    try:
        return read_reference(house.decode_guard, data)
    except BadReference as error:
        raise BadField(name, f"Invalid '{name}': {error}", "invalid_image") from error


def _check_mask(image: Reference, mask: Reference) -> None:
    if mask.edge != image.edge:
        sizes = f"{mask.edge} × {mask.edge} pixels, the image {image.edge} × {image.edge}"
        raise BadField("mask", f"Invalid 'mask': it has {sizes}; both must be the same.", "invalid_mask")
    if not mask.has_holes:
        message = "Invalid 'mask': no pixel is fully transparent (alpha 0), so there is nothing to edit."
        raise BadField("mask", message, "invalid_mask")
