"""Cuts CLIP's image tower (ViT-B/16 as ONNX, int8) down to what the pixel model reads, at less than half its
cost.

Nearly all of the cost is products of eight-bit numbers at what the processor can do, so what is saved is
patches: half of them go in, in the pattern of a chess board. The last block is computed for the class token
alone, since only that is read from it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 14
"""Patches along each side of the picture."""
READ = ("image_embeds", "late", "mean", "square")
"""What is given out: the embedding, the class token of block 11, and of the patches after block 6 the means
of each channel and of its square.
"""

_START = "/vision_model/pre_layrnorm/Add_1_output_0"
_BLOCK = "/vision_model/encoder/layers.{}/Add_1_output_0"
_MIDDLE, _LATE = _BLOCK.format(5), _BLOCK.format(10)
_LAST = "/vision_model/encoder/layers.11"
_QUERY = "onnx::MatMul_1750_quantized"
"""Weights of the last block's queries."""


def cut(graph: onnx.GraphProto) -> None:
    """Make the graph give out ``READ``, and drop whatever that does not need."""
    _constants(graph)
    _alone(graph)
    for node in graph.node:
        _renamed(node, _START, "half")
    graph.node.append(helper.make_node("Gather", [_START, "kept"], ["half"], axis=1))
    graph.node.extend(_reading())
    del graph.output[:]
    for name in READ:
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    _keep_what_is_needed(graph)


def kept() -> list[int]:
    """Tokens that go in: the class, then the white fields."""
    places = [(row, column) for row in range(SIDE) for column in range(SIDE)]
    return [0, *(1 + row * SIDE + column for row, column in places if (row + column) % 2 == 0)]


def _constants(graph: onnx.GraphProto) -> None:
    """Numbers that the new nodes need."""
    numbers = {"kept": kept(), "alone": [1, 1, 768], "zero": 0, "first": [0], "one": [1], "end": [10**6]}
    for name, value in numbers.items():
        graph.initializer.append(numpy_helper.from_array(np.array(value, dtype=np.int64), name))


def _renamed(node: onnx.NodeProto, old: str, new: str) -> None:
    """Where it read ``old`` it now reads ``new``."""
    for place, name in enumerate(node.input):
        if name == old:
            node.input[place] = new


def _alone(graph: onnx.GraphProto) -> None:
    """In the last block only the class token asks, and only it goes through the layers behind attention."""
    for node in graph.node:
        if _QUERY in node.input:
            quantised = node.input[0]
            node.input[0] = "asking"
        elif node.output[0] == f"{_LAST}/self_attn/Reshape_3_output_0":
            node.input[1] = "alone"
        elif node.output[0] == f"{_LAST}/Add_output_0":
            _renamed(node, _LATE, "class of block 11")
    graph.node.append(helper.make_node("Slice", [quantised, "first", "one", "one"], ["asking"]))
    graph.node.append(helper.make_node("Slice", [_LATE, "first", "one", "one"], ["class of block 11"]))


def _reading() -> Iterator[onnx.NodeProto]:
    """What is given out beside the embedding."""
    yield helper.make_node("Gather", [_LATE, "zero"], ["late"], axis=1)
    yield helper.make_node("Slice", [_MIDDLE, "one", "end", "one"], ["patches"])
    yield helper.make_node("ReduceMean", ["patches"], ["mean"], axes=[1], keepdims=0)
    yield helper.make_node("Mul", ["patches", "patches"], ["squared"])
    yield helper.make_node("ReduceMean", ["squared"], ["square"], axes=[1], keepdims=0)


def _keep_what_is_needed(graph: onnx.GraphProto) -> None:
    """Nodes in an order in which they can run, with the numbers that they read."""
    makers = {name: node for node in graph.node for name in node.output}
    order: dict[str, onnx.NodeProto] = {}
    waiting = [output.name for output in graph.output]
    while waiting:
        node = makers.get(waiting[-1])
        if node is None or node.output[0] in order:
            waiting.pop()
            continue
        missing = [name for name in node.input if name in makers and makers[name].output[0] not in order]
        if missing:
            waiting += missing
        else:
            order[node.output[0]] = node
    nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in order.values()]
    needed = {name for node in nodes for name in node.input}
    tensors = [tensor for tensor in graph.initializer if tensor.name in needed]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(tensors)
