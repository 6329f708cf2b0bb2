"""CLIP's image tower (ViT-B/16, OpenAI 2021), cut down to what the pixel model reads.

``tower_file`` says where its weights come from.

Two class tokens from within are read beside the final embedding: middle layers keep what tells decoders
from cameras and is lost at the end (Koutlis and Papadopoulos 2024 found the same).
"""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

Array = NDArray[np.float32]

SIDE = 224
"""Pixels to which the whole picture is brought."""
LAYERS = (5, 10)
"""Blocks, counted from 0, whose class token is read."""

_EMBEDDING = "image_embeds"
_CLASS = "/vision_model/encoder/layers.{}/Add_1_output_0"
_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
_SPREAD = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)


class ClipTower:
    """Class tokens of some layers and the embedding; the file is read at the first use."""

    def __init__(self, path: Path) -> None:
        self._path, self._once = path, threading.Lock()

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        model = onnx.load(self._path)
        _cut(model.graph)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        data = model.SerializeToString()
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def prepare(self) -> None:
        """Read the file now, once, before several threads ask for it."""
        with self._once:
            _ = self._session

    def look(self, picture: Image.Image) -> Array:
        """The tokens of one RGB picture, one after another, shape (768 · 2 + 512,)."""
        small = picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
        pixels = (np.asarray(small, dtype=np.float32) / 255.0 - _MEAN) / _SPREAD
        tokens = self._session.run(None, {"pixel_values": pixels.transpose(2, 0, 1)[None]})
        return np.concatenate([np.asarray(token[0], dtype=np.float32) for token in tokens])


def _cut(graph: onnx.GraphProto) -> None:
    """Give out the class tokens of ``LAYERS`` and drop whatever they do not need."""
    graph.initializer.append(numpy_helper.from_array(np.array(0, dtype=np.int64), "class_place"))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(_EMBEDDING, TensorProto.FLOAT, None))
    for layer in LAYERS:
        name = f"token.{layer}"
        graph.node.append(helper.make_node("Gather", [_CLASS.format(layer), "class_place"], [name], axis=1))
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    needed = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    tensors = [tensor for tensor in graph.initializer if tensor.name in needed]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(tensors)
