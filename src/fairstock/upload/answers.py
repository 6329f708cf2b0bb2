"""Reads what a decoding process answered; it has seen hostile bytes and is not believed blindly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PIL import Image

from fairstock.upload.capture import Capture
from fairstock.upload.model import Corner, EmbeddedText, Inspection, Limits, Refusal, RefusalCode
from fairstock.upload.rules import too_costly, too_much_metadata, unreadable

Answer = tuple[dict[str, Any], list[bytes]]
"""A message of a decoding process: header and raw bodies."""
_CAPTURE_WORDS = ("maker", "model", "lens", "body", "taken", "note", "tables", "editor")
_WORD = 100
"""Longest word of a camera's traces."""


def inspection_from(answer: Answer, empty: Inspection, limits: Limits) -> Inspection:
    """The inspection that completes ``empty``; nonsense makes a refusal."""
    header, bodies = answer
    try:
        texts = tuple(EmbeddedText(*entry) for entry in header["texts"])
        seen = replace(empty, texts=texts, carries_c2pa=bool(header["c2pa"]))
        if "refusal" in header:
            code, detail = header["refusal"]
            return replace(seen, refusal=refusal_from(code, detail, limits))
        width, height = header["size"]
        corner = _corner(header["corner"], bodies[1])
        picture = Image.frombytes("RGB", tuple(header["picture"]), bodies[0])
        return replace(
            seen,
            width=int(width),
            height=int(height),
            corner=corner,
            picture=picture,
            capture=_capture(header["capture"]),
        )
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError):
        return replace(empty, refusal=unreadable("the decoder gave no sensible answer over it"))


def _corner(size: Sequence[int] | None, rgb: bytes) -> Corner | None:
    """The corner, None where the picture was not decoded in full; ValueError where size and bytes
    disagree.
    """
    if size is None:
        return None
    width, height = size
    if len(rgb) != 3 * width * height:
        raise ValueError("the corner's bytes do not fit its size")
    return Corner(width, height, rgb)


def _capture(values: dict[str, Any] | None) -> Capture | None:
    """The camera's traces; TypeError, KeyError or ValueError where the values are none."""
    if values is None:
        return None
    thumbnail = values["thumbnail"]
    words = {name: str(values[name])[:_WORD] for name in _CAPTURE_WORDS}
    return Capture(
        **words,
        exposure=bool(values["exposure"]),
        thumbnail=None if thumbnail is None else min(1.0, max(0.0, float(thumbnail))),
    )


def refusal_from(code: str, detail: str, limits: Limits) -> Refusal:
    """The refusal that a process named by its code, in words for the contributor."""
    if code == RefusalCode.DECODE_LIMIT:
        return too_costly(detail)
    if code == RefusalCode.TOO_MUCH_METADATA:
        return too_much_metadata(limits)
    if code == RefusalCode.TOO_LARGE:
        return Refusal(
            RefusalCode.TOO_LARGE, f"The picture is larger than allowed: {detail}.", "Send it smaller."
        )
    cut = "truncated" in detail
    return unreadable("it ends in the middle of the picture" if cut else f"it cannot be opened ({detail})")
