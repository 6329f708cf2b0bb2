"""Folds normalisations into the convolutions before them, in a network that came without that.

(Wx + b − mean) · scale + shift is W′x + b′ with W′ = scale · W and b′ = (b − mean) · scale + shift, for each
channel. The network then gives the same up to rounding, and reads and writes every layer once instead of
four times.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, numpy_helper

Constants = dict[str, NDArray[np.float32]]


def folded(path: Path) -> bytes:
    """The network of this ONNX file, as an ONNX file, with fewer nodes."""
    model = _tidied(path)
    graph = model.graph
    constants: Constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    users: dict[str, list[NodeProto]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            users[name].append(node)
    for node in [each for each in graph.node if each.op_type == "Conv"]:
        _fold(graph, node, constants, users)
    named = {name for node in graph.node for name in node.input}
    for constant in [each for each in graph.initializer if each.name not in named]:
        graph.initializer.remove(constant)
    return bytes(model.SerializeToString())


def _tidied(path: Path) -> onnx.ModelProto:
    """The network after ONNX Runtime's own basic simplifications, which make its constants plain."""
    with TemporaryDirectory(prefix="fairstock-onnx-") as folder:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(Path(folder) / "tidied.onnx")
        onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return onnx.load(options.optimized_model_filepath)


def _fold(
    graph: GraphProto, convolution: NodeProto, constants: Constants, users: dict[str, list[NodeProto]]
) -> None:
    """Take every node after this convolution that only shifts or scales its channels into it."""
    name, taken = convolution.output[0], []
    shape = (1, len(constants[convolution.input[1]]), 1, 1)
    scale, shift = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    while len(users[name]) == 1:
        node = users[name][0]
        values = constants.get(node.input[1]) if len(node.input) == 2 else None
        if values is None or values.shape != shape or node.op_type not in ("Add", "Sub", "Mul"):
            break
        if node.op_type == "Mul":
            scale, shift = scale * values, shift * values
        else:
            shift = shift + values if node.op_type == "Add" else shift - values
        name = node.output[0]
        taken.append(node)
    if taken:
        _replace(graph, convolution, constants, scale, shift)
        convolution.output[0] = name
        for node in taken:
            graph.node.remove(node)


def _replace(
    graph: GraphProto,
    convolution: NodeProto,
    constants: Constants,
    scale: NDArray[np.float32],
    shift: NDArray[np.float32],
) -> None:
    """Give the convolution weights and a bias of its own, scaled and shifted; both of shape (1, n, 1, 1)."""
    weight = constants[convolution.input[1]]
    bias = constants[convolution.input[2]] if len(convolution.input) > 2 else np.float32(0)
    new = {
        "weight": weight * scale.reshape(-1, 1, 1, 1),
        "bias": bias * scale.reshape(-1) + shift.reshape(-1),
    }
    source = convolution.input[0]
    del convolution.input[:]
    convolution.input.append(source)
    for what, values in new.items():
        name = f"{convolution.output[0]}.{what}"
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
        convolution.input.append(name)
