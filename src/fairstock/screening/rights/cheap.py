"""Cheap looks that decide whether a costly one is worth its time; below a millisecond each."""

from __future__ import annotations

import numpy as np
from PIL import Image

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
