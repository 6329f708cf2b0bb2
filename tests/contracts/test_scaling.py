"""Pixels scaled by torch are those that Pillow gives, but for one level here and there."""

from __future__ import annotations

import numpy as np
import pytest
from factories.core import picture
from factories.people import portrait
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters.scaling import pixels_of, planes, scaled


@pytest.mark.parametrize("size", [(256, 171), (64, 64), (600, 500), (1, 1), (512, 400)])
def test_both_filters_are_pillows(size: tuple[int, int]) -> None:
    for image in (portrait((512, 400)), picture(1).convert("RGB").resize((512, 400))):
        linear = np.asarray(image.resize(size, Image.Resampling.BILINEAR))
        cubic = np.asarray(image.resize(size, Image.Resampling.BICUBIC)).transpose(2, 0, 1)
        alike(scaled(pixels_of(image), size), linear)
        alike(planes(pixels_of(image), size), cubic)


def alike(made: NDArray[np.uint8] | NDArray[np.float32], wanted: NDArray[np.uint8]) -> None:
    assert made.shape == wanted.shape
    apart = np.abs(made.astype(int) - wanted)
    assert apart.mean() < 0.1
    assert np.quantile(apart, 0.99) <= 1
