"""How much a layer's channels vary over a picture, as the pixel models read it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEAST_VARIANCE = np.float32(1e-3)
"""Added before the logarithm: differences of squares that are as good as equal say nothing below it."""


def log_spread(mean: NDArray[np.float32], square: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logarithm of each channel's standard deviation, from its mean and the mean of its squares."""
    return np.asarray(np.log(np.maximum(square - mean * mean, 0.0) + _LEAST_VARIANCE) / 2, dtype=np.float32)
