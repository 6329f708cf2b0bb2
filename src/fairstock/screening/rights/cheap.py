"""Cheap looks that decide whether a costly one is worth its time; a millisecond at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors import safe_open

WEIGHTS = Path(__file__).with_name("weights")

EDGE = 64
"""Side at which skin is looked for."""
SKIN = 0.1
"""Share of skin-like pixels from which the classifier of nudity is asked."""
GREY = 4.0
"""Mean distance from grey (in levels of Cb and Cr) below which a picture has no colour to judge skin by."""
VARIED = 40
"""Different grey levels that a grey picture needs to be a photograph."""


def may_show_skin(picture: Image.Image) -> bool:
    """Whether a picture has enough pixels of the colours of human skin, or is a photograph without colour.

    The range of Cb and Cr is that of Chai and Ngan (IEEE Trans. CSVT 9(4), 1999), which holds for light and
    dark skin in neutral light; a picture in coloured light is missed.
    """
    small = np.asarray(
        picture.resize((EDGE, EDGE), Image.Resampling.BILINEAR).convert("YCbCr"), dtype=np.int16
    )
    luma, blue, red = small[..., 0], small[..., 1], small[..., 2]
    if float(np.hypot(blue - 128, red - 128).mean()) < GREY:
        return len(np.unique(luma)) >= VARIED
    skin = (blue >= 77) & (blue <= 127) & (red >= 133) & (red <= 173) & (luma > 40)
    return float(skin.mean()) >= SKIN


@dataclass(frozen=True, slots=True)
class Probe:
    """A linear look at image features, which screening has anyway; the card lies beside the weights."""

    features: str
    """Version of the features that it was fitted on; of others it says nothing."""
    weights: NDArray[np.float32]
    bias: float
    ask_at: float

    def asks(self, vector: Sequence[float], version: str, *, unknown: bool = False) -> bool:
        """Whether the costly look is worth its time; ``unknown`` for features of another model."""
        if version != self.features or len(vector) != self.weights.size:
            return unknown
        score = float(self.weights @ np.asarray(vector, dtype=np.float32)) + self.bias
        return score >= self.ask_at


def overlay_probe() -> Probe:
    """Whether somebody's lettering may lie over the picture."""
    return _probe("overlay")


def nudity_probe() -> Probe:
    """Whether the classifier of nudity may find something: fitted to its own scores."""
    return _probe("nudity")


@cache
def _probe(name: str) -> Probe:
    with safe_open(WEIGHTS / f"{name}.safetensors", framework="numpy") as source:
        bias, ask_at = (float(source.get_tensor(part)[0]) for part in ("bias", "ask_at"))
        return Probe(source.metadata()["features"], source.get_tensor("weights"), bias, ask_at)
