"""One picture of a request: what it begins with, what the model makes of it, and what stays as it was."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

from fairstock.generation.compose import Canvas, canvas_of, composited
from fairstock.generation.edit_rules import SENT_FILE, strength_of
from fairstock.generation.model import GeneratedPicture, Order, OrderKind
from fairstock.generation.ports import ImageGenerator
from fairstock.generation.sources import decoded
from fairstock.kit.errors import Failure
from fairstock.kit.objects import ObjectStore
from fairstock.provenance.containers import sniff as mime_of
from fairstock.provenance.model import Ingredient, SourceType
from fairstock.provenance.xmp import read_digital_source_types


class WrongPictures(Failure):
    """The model did not deliver what was asked for."""

    def __init__(self, release_id: str, reason: str) -> None:
        super().__init__(
            f"The model {release_id} delivered {reason}.", remedy="check the model, then try again"
        )


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the pictures of a request begin with; nothing but words for most."""

    canvas: Canvas | None = None
    guide: Image.Image | None = None
    """Another picture whose looks a refinement is to take over."""
    ingredients: tuple[Ingredient, ...] = ()
    """The files that went in, for the signed record."""
    source_type: SourceType = SourceType.GENERATED
    sent: tuple[Image.Image, ...] = ()
    """Those of the pictures that the buyer sent, for moderation."""


def begin(order: Order, objects: ObjectStore, parent_sha256: str | None) -> Beginning:
    """Decode what the order names; ``parent_sha256`` is the file of its ``parent_asset_id``.

    Raises what ``decoded``, ``canvas_of`` and the object store raise.
    """
    if not order.takes_a_picture:
        return Beginning()
    base = parent_sha256 or order.source_sha256
    assert base is not None  # noqa: S101  # by check_order and the table's own checks
    picture = decoded(objects, base)
    mask = decoded(objects, order.mask_sha256) if order.mask_sha256 else None
    canvas = canvas_of(picture, mask, order.size)
    sent = order.options.get(SENT_FILE) or order.source_sha256
    files = [_ingredient(objects, parent_sha256 or sent, "parentOf", "the picture that was carried on")]
    guide = None
    if parent_sha256 and order.source_sha256:
        guide = decoded(objects, order.source_sha256)
        files.append(_ingredient(objects, sent, "inputTo", "the picture that guided it"))
    looked_at = () if order.source_sha256 is None else (guide or picture,)
    return Beginning(canvas, guide, tuple(files), _source_type(order, files[0].data), looked_at)


def _ingredient(objects: ObjectStore, digest: str | None, relationship: str, title: str) -> Ingredient:
    """A stored file with the content credentials that it may have; PNG, unless it is kept as it was sent."""
    assert digest is not None  # noqa: S101  # by check_order and the table's own checks
    data = objects.get(digest)
    return Ingredient(data, relationship, title, mime_of(data) or "image/png")


def _source_type(order: Order, begun_with: bytes) -> SourceType:
    """A composite where pixels of an uploaded picture are or were in it, else a model's work alone."""
    if order.kind is OrderKind.edit or SourceType.COMPOSITE in read_digital_source_types(begun_with):
        return SourceType.COMPOSITE
    return SourceType.GENERATED


def draw(order: Order, beginning: Beginning, generator: ImageGenerator, seed: int) -> GeneratedPicture:
    """One picture; outside the mask of an edit its pixels are those of the canvas.

    Raises ``WrongPictures`` and what the generator raises.
    """
    canvas = beginning.canvas
    if canvas is None:
        return _only(generator.generate(order.prompt, [seed], order.size), generator)
    if order.kind is OrderKind.variation:
        return _only(generator.vary(canvas.on_white, [seed], order.size), generator)
    drafts = generator.edit(
        order.prompt,
        canvas.on_white,
        canvas.hole,
        [seed],
        order.size,
        strength=strength_of(order.options),
        guide=beginning.guide,
    )
    draft = _only(drafts, generator)
    made = picture_in(draft, order.size, generator.release_id)
    return replace(draft, png=_png(composited(canvas, made)))


def picture_in(draft: GeneratedPicture, size: int, release_id: str) -> Image.Image:
    """The draft decoded; raises ``WrongPictures`` unless it is a PNG of the size asked for."""
    try:
        picture = Image.open(io.BytesIO(draft.png), formats=["PNG"])
        picture.load()
    except (OSError, SyntaxError, ValueError) as cause:
        raise WrongPictures(release_id, "something that is no PNG") from cause
    if picture.size != (size, size):
        raise WrongPictures(
            release_id, f"{picture.width} × {picture.height} pixels instead of {size} × {size}"
        )
    return picture


def _only(drafts: Sequence[GeneratedPicture], generator: ImageGenerator) -> GeneratedPicture:
    if len(drafts) != 1:
        raise WrongPictures(generator.release_id, f"{len(drafts)} pictures instead of 1")
    return drafts[0]


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()
