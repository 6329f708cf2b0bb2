"""Port ``provenance.ports.Watermark``: the house's own spread-spectrum watermark, 48 bits, numpy and scipy.

What it survives and how sure a finding is was measured: ``tests/bench/RESULTS.md``. Whoever has the key can
remove or forge the mark, and a determined attacker can remove any watermark; it is a way to find a record
again, not a proof of origin. That is the signature.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from fairstock.adapters.spectrum_mark.carriers import PERIODS, Carriers
from fairstock.adapters.spectrum_mark.code import PAYLOAD_BYTES
from fairstock.adapters.spectrum_mark.embed import embed
from fairstock.adapters.spectrum_mark.fields import Slopes, luma, slopes, working_size
from fairstock.adapters.spectrum_mark.search import Found, all_periods, find, quick_periods
from fairstock.asset.rules import flattened
from fairstock.provenance.model import WatermarkFound
from fairstock.provenance.ports import NotMarked

SMALLEST_EDGE = 96
"""Pixels along the shorter side below which a picture is neither marked nor read."""
_LIMITS = (3.0, 8.0)
"""Steepest slopes, in levels a pixel, with which a reader tries: for drawings and for photographs."""


class SpectrumWatermark:
    """Marks and reads with the waves of one secret key; keeps no state, so threads may share it."""

    method = "fairstock.tiled-spectrum.1"
    payload_bytes = PAYLOAD_BYTES

    def __init__(self, key: bytes) -> None:
        """``key``: at least 16 secret bytes; pictures are read with the key that they were marked with."""
        self._carriers = Carriers.of_key(key)

    def embed(self, image: Image.Image, payload: bytes, *, inside: Image.Image | None = None) -> Image.Image:
        """The picture with the payload in its pixels, same size and mode (palettes become RGB).

        ``inside``: greyscale of the same size; pixels where it is 0, and transparent ones, stay bit for bit.
        Raises ``NotMarked`` where the picture cannot hold the mark.
        """
        if len(payload) != PAYLOAD_BYTES:
            raise NotMarked(f"a payload has {PAYLOAD_BYTES} bytes, not {len(payload)}")
        if min(image.size) < SMALLEST_EDGE:
            raise NotMarked(f"it is smaller than {SMALLEST_EDGE} pixels")
        if image.mode in ("P", "PA"):
            image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
        alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
        room = np.ones((image.height, image.width), np.float32)
        for limit in (inside, alpha):
            if limit is not None:
                room = room * (np.asarray(limit.convert("L"), np.float32) / np.float32(255))
        marked = embed(self._carriers, image.convert("RGB"), payload, room)
        if marked is None:
            raise NotMarked("too little of it may be changed, or its detail is too strong")
        if image.mode in ("L", "LA"):
            marked = marked.convert("L")
        if alpha is not None:
            marked.putalpha(alpha)
        return marked

    def read(
        self, image: Image.Image, *, was: tuple[int, int] | None = None, thorough: bool = True
    ) -> WatermarkFound | None:
        """The payload of a picture of any history, or None.

        ``was``: width and height before somebody made it smaller only to look at it, in pixels. ``thorough``
        also tries scales that the picture's size does not suggest.
        """
        if min(image.size) < SMALLEST_EDGE:
            return None
        size = working_size(*image.size)
        plain = image if image.mode == "RGB" else flattened(image)
        bright = luma(
            plain if size == plain.size else plain.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        )
        views = [slopes(bright, limit) for limit in _LIMITS]
        found = self._search(views, size, was or image.size, thorough=thorough)
        return None if found is None else _report(found, size)

    def _search(
        self, views: list[Slopes], size: tuple[int, int], was: tuple[int, int], *, thorough: bool
    ) -> Found | None:
        tried = 0
        for seen in views:
            found, count = find(self._carriers, seen, *quick_periods(*size, was), coarse=False)
            tried += count
            if found is not None:
                return found
        if thorough:
            periods = all_periods(*size)
            return find(self._carriers, views[0], periods, periods, coarse=min(size) >= 256)[0]
        return None


def _report(found: Found, size: tuple[int, int]) -> WatermarkFound:
    whole = (PERIODS * found.period) ** 2
    return WatermarkFound(
        payload=found.payload,
        confidence=found.agreement,
        false_positive_bound=min(1.0, math.exp(max(found.log_chance, -700.0))),
        visible_share=min(1.0, size[0] * size[1] / whole),
    )
