"""A picture that a buyer sends to be edited or varied: opened behind the guard, kept pixel for pixel."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from fairstock.kit.errors import BadInput
from fairstock.upload.answers import Answer
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.model import ImageFormat, Limits, Refusal
from fairstock.upload.rules import refuse_layout, unreadable
from fairstock.upload.sniff import describe, layout_of, sniff
from fairstock.upload.whole import COLOUR_MODELS

MOST_BYTES = 4_000_000
"""A reference is smaller than this."""
LIMITS = Limits(file_bytes=MOST_BYTES - 1, pixels=4096 * 4096, side=4096, frames=1)
FORMATS = (ImageFormat.PNG, ImageFormat.JPEG, ImageFormat.WEBP)


class BadReference(BadInput):
    """A picture that was sent along cannot be used."""

    def __init__(self, reason: str, remedy: str = "send a square PNG, JPEG or WebP below 4 MB") -> None:
        self.reason = reason
        super().__init__(reason, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Reference:
    """A usable picture."""

    png: bytes
    """RGBA, eight bits a channel, without metadata."""
    edge: int
    """Width and height in pixels."""
    has_holes: bool
    """True where some pixel is fully transparent."""
    converted: tuple[str, ...]
    """What was changed on the way, in words; empty for an eight-bit RGB or RGBA PNG."""


def read_reference(guard: DecodeGuard, data: bytes) -> Reference:
    """The picture in a file, told by its bytes. Raises ``BadReference``."""
    form = _checked_format(data)
    refusal = refuse_layout(form, layout_of(data, form), LIMITS)
    if refusal is not None:
        raise BadReference(refusal.sentence, refusal.next_step.rstrip(".").lower())
    answer = guard.whole(data)
    if isinstance(answer, Refusal):
        raise BadReference(answer.sentence, answer.next_step.rstrip(".").lower())
    try:
        return _reference(answer, form)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadReference(unreadable("the decoder gave no sensible answer over it").sentence) from error


def _checked_format(data: bytes) -> ImageFormat:
    if len(data) >= MOST_BYTES:
        raise BadReference(f"The picture has {len(data) / 1_000_000:.1f} MB; it must be below 4 MB.")
    form = sniff(data)
    if form is None:
        raise BadReference(describe(data).sentence)
    if form not in FORMATS:
        raise BadReference(f"The picture is a {form}; PNG, JPEG and WebP are taken.")
    return form


def _reference(answer: Answer, form: ImageFormat) -> Reference:
    """The answer as a value; raises ``BadReference``, and ValueError or its like where it is nonsense."""
    header, bodies = answer
    if header["frames"] > 1:
        raise BadReference(f"The picture is an animation of {header['frames']} frames.", "send one frame")
    if header["mode"] in COLOUR_MODELS:
        raise BadReference(f"The picture has the colour model {header['mode']}.", "save it as RGB")
    width, height = (int(side) for side in header["size"])
    if width != height:
        raise BadReference(f"The picture has {width} × {height} pixels; it must be square.", "crop it")
    pixels = Image.frombytes("RGBA", (width, height), bodies[0])
    kept = [] if form is ImageFormat.PNG else [f"{form} to PNG"]
    converted = (*kept, *(str(each)[:80] for each in header["converted"]))
    return Reference(_png(pixels), width, int(header["lowest_alpha"]) == 0, converted)


def _png(pixels: Image.Image) -> bytes:
    out = io.BytesIO()
    pixels.save(out, "PNG", compress_level=1)  # speed: it lies in our own store and is read a few times
    return out.getvalue()
