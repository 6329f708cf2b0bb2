"""What one mark is, and the helpers that its readers share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fairstock.screening.ports import EmbeddedText

QUOTED = 160
"""Characters of a mark that are kept as evidence."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A generator's mark."""

    generator: str
    """Its name as the contributor would know it."""
    where: str
    """Place in the file in plain words."""
    quote: str
    """The beginning of what was read there."""
    proof: bool = True
    """False for a sign that honest files could carry as well."""


def found(generator: str, text: EmbeddedText, *, proof: bool = True, quote: str | None = None) -> Mark:
    """A mark read from an embedded text."""
    behind = ", behind the end of the picture," if text.after_end else ""
    where = f"{PLACES.get(text.source, text.source)} “{text.key}”{behind}"
    return Mark(generator, where, (text.text if quote is None else quote)[:QUOTED], proof)


PLACES = {
    "png-text": "the PNG text",
    "exif": "the EXIF field",
    "xmp": "the XMP property",
    "iptc": "the IPTC field",
    "comment": "the file",
    "pixels": "the text hidden in the lowest bits of the pixels,",
}


def json_object(text: str) -> Mapping[str, Any] | None:
    """The text as a JSON object, or None; never raises."""
    start = text.lstrip()[:1]
    if start != "{":
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def objects_in(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The values of a JSON object that are objects themselves."""
    return (inner for inner in value.values() if isinstance(inner, dict))
