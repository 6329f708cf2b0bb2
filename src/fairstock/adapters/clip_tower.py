"""CLIP's image tower (ViT-B/16, OpenAI 2021), cut down to what the pixel model reads.

``tower_file`` says where its weights come from, ``clip_graph`` what is left out of it.

What the patches show in the middle is read beside the final embedding and a late class token: middle layers
keep what tells decoders from cameras and is lost at the end (Koutlis and Papadopoulos 2024 found the same).
"""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters import clip_graph
from fairstock.adapters.spread import log_spread

Array = NDArray[np.float32]

SIDE = 224
"""Pixels to which the whole picture is brought."""
PARTS = {"meaning": 512, "late": 768, "middle": 2 * 768}
"""What is read, in this order, and how long it is: the embedding; the class token of block 11; of block 6 the
mean of each channel over the picture and the log of its spread.
"""

_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
_SPREAD = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)


class ClipTower:
    """The tower up to what is read; the file is opened at the first use."""

    def __init__(self, path: Path) -> None:
        self._path, self._once = path, threading.Lock()

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        model = onnx.load(self._path)
        clip_graph.cut(model.graph)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        data = model.SerializeToString()
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def prepare(self) -> None:
        """Read the file now, once, before several threads ask for it."""
        with self._once:
            _ = self._session

    def look(self, picture: Image.Image) -> dict[str, Array]:
        """What is read of one RGB picture, part by part, as long as ``PARTS`` says."""
        small = picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
        pixels = (np.asarray(small, dtype=np.float32) / 255.0 - _MEAN) / _SPREAD
        seen = self._session.run(None, {"pixel_values": pixels.transpose(2, 0, 1)[None]})
        meaning, late, mean, square = (np.asarray(each[0], dtype=np.float32) for each in seen)
        middle = np.concatenate([mean, log_spread(mean, square)])
        return {"meaning": meaning, "late": late, "middle": middle}
