"""Port ``screening.rights.ports.TextReader`` through RapidOCR with PaddleOCR's PP-OCRv4 models (both
Apache-2.0), whose weights come with the package.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from fairstock.asset.rules import flattened

LONGEST = 512
"""Longest side at which text is sought; larger pictures are scaled to it."""
LEAST_EDGE = 32
"""Smaller pictures hold no text that could be read."""


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text."""

    text: str
    confidence: float
    """0 … 1."""
    box: tuple[float, float, float, float]
    """Left, top, width, height as fractions of the picture."""


class RapidText:
    """Reads Latin and Chinese script; 16 MB of weights, read at the first use."""

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._alone = threading.Lock()  # the package keeps the picture in work on its own objects
        self.version = f"rapidocr-onnxruntime {version('rapidocr-onnxruntime')} (PP-OCRv4)"

    @cached_property
    def _engine(self) -> Any:
        from rapidocr_onnxruntime import RapidOCR  # OpenCV: most uploads never need it

        threads = {"intra_op_num_threads": self._threads, "inter_op_num_threads": 1}
        return RapidOCR(det_limit_type="max", use_cls=False, **threads)

    def read(self, picture: Image.Image) -> list[Words]:
        """What can be read in a picture of any mode, in the order of the page."""
        rgb = flattened(picture)
        if min(rgb.size) < LEAST_EDGE:
            return []
        if max(rgb.size) > LONGEST:
            rgb = ImageOps.contain(rgb, (LONGEST, LONGEST))
        pixels = np.asarray(rgb)[:, :, ::-1]
        with self._alone:
            found, _ = self._engine(pixels, use_cls=False)
        return [_words(rgb.size, *each) for each in found or ()]


def _words(size: tuple[int, int], corners: Any, text: str, confidence: float) -> Words:
    points = np.asarray(corners, dtype=np.float64) / size
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    box = tuple(round(float(part), 4) for part in (left, top, right - left, bottom - top))
    return Words(text, float(confidence), box)  # type: ignore[arg-type]
