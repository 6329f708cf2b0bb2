"""Whether a file is let in to be decoded, decided from its headers alone."""

from __future__ import annotations

from fairstock.upload.containers.layout import Layout
from fairstock.upload.model import ImageFormat, Limits, Refusal, RefusalCode

MEGA = 1_000_000


def refuse_size(size: int, limits: Limits) -> Refusal | None:
    """Refuse by the number of bytes, which is known before anything is read."""
    if size <= limits.file_bytes:
        return None
    return Refusal(
        RefusalCode.TOO_LARGE,
        f"The file has {size / MEGA:.1f} MB; at most {limits.file_bytes / MEGA:.0f} MB are taken.",
        "Save it with stronger compression or at a smaller size.",
    )


def refuse_layout(form: ImageFormat, layout: Layout, limits: Limits) -> Refusal | None:
    """Refuse by what the headers declare: pixels, frames, metadata; None lets the file through."""
    if not layout.width or not layout.height:
        return unreadable(f"it starts like {form} but declares no size")
    if layout.width * layout.height > limits.pixels or max(layout.width, layout.height) > limits.side:
        return Refusal(
            RefusalCode.TOO_LARGE,
            f"The picture declares {layout.width} × {layout.height} pixels; at most {limits.pixels // MEGA} "
            f"megapixels and {limits.side} pixels a side are taken.",
            "Send it at a smaller size.",
        )
    if layout.frames > limits.frames:
        return Refusal(
            RefusalCode.TOO_MANY_FRAMES,
            f"The file has {layout.frames} frames or pages; at most {limits.frames} are taken.",
            "Send a single picture.",
        )
    if layout.metadata_bytes > limits.metadata_bytes:
        return too_much_metadata(limits)
    return None


def unreadable(why: str) -> Refusal:
    """The refusal of a damaged file; ``why`` continues the sentence."""
    return Refusal(
        RefusalCode.UNREADABLE,
        f"The file is damaged: {why}.",
        "Open it in your own software, save it again, and send the new file.",
    )


def too_much_metadata(limits: Limits) -> Refusal:
    """The refusal of a file whose metadata is, or unpacks to, more than is taken."""
    return Refusal(
        RefusalCode.TOO_MUCH_METADATA,
        f"The embedded metadata is too large; at most {limits.metadata_bytes / MEGA:.0f} MB in all and "
        f"{limits.text_bytes / MEGA:.0f} MB for one unpacked text are taken.",
        "Save the picture without embedded previews and histories.",
    )


def too_costly(what: str) -> Refusal:
    """The refusal of a file whose decoding broke a limit; ``what`` is 'time' or 'memory'."""
    return Refusal(
        RefusalCode.DECODE_LIMIT,
        f"Opening the picture needed more {what} than one picture may take.",
        "Save it again as an ordinary JPEG or PNG and send the new file.",
    )
